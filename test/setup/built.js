import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;
const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The directories that labnet comes with beside its bundle, as package.json names them. */
export const parts = files.filter((name) => name !== 'dist');

/** Lays what a bundle expects beside it into a directory. */
export function layOut(directory) {
  for (const name of [...parts, 'package.json']) symlinkSync(join(root, name), join(directory, name));
}

/** Builds this checkout into a directory, as dist/, beside what it comes with. */
export function buildInto(directory) {
  layOut(directory);
  execFileSync(process.execPath, [join(root, 'build.js'), join(directory, 'dist')], { cwd: root });
}
