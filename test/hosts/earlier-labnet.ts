import { copyFileSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { kept } from './cache.ts';
import { makeDisk } from './job-disk.ts';

/** A disk with labnet as it was at a commit, and the Node that runs the tests: labnet then asked for a newer one than Debian 12 has. */
export async function earlierLabnet(checkout: string, commit: string): Promise<string> {
  const made = { commit, node: process.version };
  const { path } = await kept(`labnet-${commit}`, made, async (directory) => {
    const [source, tree] = [join(directory, 'source'), join(directory, 'tree')];
    mkdirSync(source);
    mkdirSync(tree);
    const archive = join(directory, 'source.tar');
    await execa('git', ['archive', `--output=${archive}`, commit], { cwd: checkout });
    await execa('tar', ['--extract', '--file', archive, '--directory', source]);
    await execa('npm', ['ci', '--ignore-scripts'], { cwd: source });
    await execa('node', ['build.js', join(tree, 'dist')], { cwd: source });
    for (const name of ['templates', 'images', 'package.json'])
      cpSync(join(source, name), join(tree, name), { recursive: true });
    copyFileSync(process.execPath, join(tree, 'node'));
    await makeDisk(join(directory, 'disk.img'), tree, 256);
    for (const one of [source, tree, archive]) rmSync(one, { recursive: true });
  });
  return join(path, 'disk.img');
}
