import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildInto } from './built.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The labnet under test, built from this very checkout. */
    cli: string;
  }
}

/** Builds labnet into a directory of the tests' own: a stale dist/ is never what is tested. */
export function setup(project: TestProject): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'labnet-build-'));
  buildInto(directory);
  project.provide('cli', join(directory, 'dist', 'cli.js'));
  return () => rmSync(directory, { recursive: true, force: true });
}
