/** The package's files as they will lie on the disk. */
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeProgram } from '../src/cli/program.ts';
import { copyright, debianChangelog, type Release } from './documents.ts';
import { describe } from './manual/describe.ts';
import { labYamlPage } from './manual/lab-yaml.ts';
import { labnetPage } from './manual/labnet.ts';

export interface Sources extends Release {
  /** The checkout. */
  readonly root: string;
  /** The bundle, and the files that went into it. */
  readonly bundle: string;
  readonly inputs: readonly string[];
}

/** What is read of package.json. */
interface PackageJson {
  readonly files: readonly string[];
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly type: string;
  readonly engines: Readonly<Record<string, string>>;
}

export function stage(tree: string, sources: Sources): void {
  const { root, bundle, inputs } = sources;
  const own = (name: string) => readFileSync(join(root, 'packaging', 'files', name));
  const put = (path: string, content: string | Buffer) => {
    mkdirSync(join(tree, dirname(path)), { recursive: true });
    writeFileSync(join(tree, path), content);
  };
  // Without a name and a time in the header, the same text gives the same bytes.
  const putZipped = (path: string, content: string | Buffer) => put(path, gzipSync(content, { level: 9 }));

  const lib = join(tree, 'usr/lib/labnet');
  // The clone's own launcher names the Node that built it; the package has another.
  const filter = (path: string) => path !== join(bundle, 'labnet');
  cpSync(bundle, join(lib, 'dist'), { recursive: true, filter });
  const { files, ...whole } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson;
  for (const name of files.filter((one) => one !== 'dist'))
    cpSync(join(root, name), join(lib, name), { recursive: true });
  put('usr/lib/labnet/package.json', packageJson(whole));
  put('usr/bin/labnet', own('launcher'));
  put('usr/lib/labnet/apparmor', own('apparmor'));
  put('usr/lib/systemd/system/labnet@.service', own('labnet@.service'));
  put('usr/share/bash-completion/completions/labnet', own('completions/labnet.bash'));
  put('usr/share/zsh/vendor-completions/_labnet', own('completions/_labnet'));
  put('usr/share/fish/vendor_completions.d/labnet.fish', own('completions/labnet.fish'));

  const program = describe(makeProgram(async () => {}));
  putZipped('usr/share/man/man1/labnet.1.gz', labnetPage(program, sources));
  putZipped('usr/share/man/man5/lab.yaml.5.gz', labYamlPage(join(root, 'templates', 'labs'), sources));

  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  put('usr/share/doc/labnet/README.md', readFileSync(join(root, 'README.md')));
  put('usr/share/doc/labnet/CHANGELOG.md', changelog);
  put('usr/share/doc/labnet/copyright', copyright(root, inputs));
  putZipped('usr/share/doc/labnet/changelog.gz', debianChangelog(changelog, sources));
  setModes(tree);
}

/** Without what only the checkout needs; `type` is how Node reads the bundle. */
function packageJson({ name, version, license, type, engines }: Omit<PackageJson, 'files'>): string {
  return `${JSON.stringify({ name, version, license, type, engines }, null, 2)}\n`;
}

/** Whatever the umask is, and whatever the modes in the checkout are. */
function setModes(tree: string): void {
  chmodSync(tree, 0o755);
  for (const name of readdirSync(tree, { recursive: true, encoding: 'utf8' })) {
    const path = join(tree, name);
    const runs = statSync(path).isDirectory() || /^usr\/bin\/|\/dist\/cli\.js$/.test(name);
    chmodSync(path, runs ? 0o755 : 0o644);
  }
}

/** DEBIAN/md5sums, by which `dpkg --verify` finds what has changed. */
export function checksums(tree: string): string {
  const lines = filesIn(tree).map((path) => {
    const digest = createHash('md5').update(readFileSync(path)).digest('hex');
    return `${digest}  ${relative(tree, path)}\n`;
  });
  return lines.sort((one, other) => (one.slice(34) < other.slice(34) ? -1 : 1)).join('');
}

/** KiB, as deb-substvars(5) counts Installed-Size: each file rounded up, one for each other thing. */
export function installedSize(tree: string): number {
  const whole = readdirSync(tree, { recursive: true }).length;
  const files = filesIn(tree);
  const sizes = files.map((path) => Math.ceil(statSync(path).size / 1024));
  return sizes.reduce((sum, size) => sum + size, whole - files.length);
}

function filesIn(tree: string): readonly string[] {
  return readdirSync(tree, { recursive: true, encoding: 'utf8' })
    .map((name) => join(tree, name))
    .filter((path) => statSync(path).isFile());
}
