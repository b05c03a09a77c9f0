import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The labnet under test, built from this very checkout. */
    cli: string;
  }
}

/** Builds labnet into a directory of the tests' own: a stale dist/ is never what is tested. */
export async function setup(project: TestProject): Promise<() => void> {
  const directory = mkdtempSync(join(tmpdir(), 'labnet-build-'));
  const root = new URL('../..', import.meta.url).pathname;
  for (const name of ['guest', 'templates', 'images', 'package.json'])
    symlinkSync(join(root, name), join(directory, name));
  await execa('node', [join(root, 'build.js'), join(directory, 'dist')], { cwd: root });
  project.provide('cli', join(directory, 'dist', 'cli.js'));
  return () => rmSync(directory, { recursive: true, force: true });
}
