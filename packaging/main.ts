/** Makes labnet_VERSION_all.deb from a staged tree, with dpkg-deb alone. The same checkout gives the same bytes. */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlFile } from './control.ts';
import { relations } from './relations.ts';
import { checksums, installedSize, stage } from './stage.ts';

const maintainer = 'the labnet authors <labnet@users.noreply.example.org>';

export interface Making {
  /** The checkout. */
  readonly root: string;
  readonly bundle: string;
  readonly inputs: readonly string[];
  /** An empty directory to work in. */
  readonly work: string;
  /** Where the package is put. */
  readonly out: string;
  /** Seconds since 1970. */
  readonly date: number;
}

/** @returns the path of the package */
export function makeDeb({ root, bundle, inputs, work, out, date }: Making): string {
  const { version, description, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const tree = join(work, 'tree');
  stage(tree, { root, bundle, inputs, version, date, maintainer });
  const size = installedSize(tree);
  const md5sums = checksums(tree);
  mkdirSync(join(tree, 'DEBIAN'));
  chmodSync(join(tree, 'DEBIAN'), 0o755);
  const about = description.replace(/:.*/, '');
  const control = controlFile({ version, maintainer, about, size, ...relations(engines.node) });
  writeFileSync(join(tree, 'DEBIAN', 'control'), control);
  for (const script of ['postinst', 'prerm', 'postrm']) {
    cpSync(join(root, 'packaging', 'files', script), join(tree, 'DEBIAN', script));
    chmodSync(join(tree, 'DEBIAN', script), 0o755);
  }
  writeFileSync(join(tree, 'DEBIAN', 'md5sums'), md5sums);
  for (const name of ['control', 'md5sums']) chmodSync(join(tree, 'DEBIAN', name), 0o644);
  const file = join(out, `labnet_${version}_all.deb`);
  mkdirSync(out, { recursive: true });
  // xz, which every dpkg reads, whatever this one would choose.
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', tree, file], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(date) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return file;
}
