import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const cache = process.env.LABNET_TEST_CACHE ?? '/var/cache/labnet-tests';

/**
 * A directory that is made once for each `made` (all that decides what is in it) and found again afterwards. It is
 * made under another name and renamed when it is whole, so that half a one is never found.
 *
 * @returns its path, and whether it had to be made
 */
export async function kept(
  name: string,
  made: unknown,
  make: (directory: string) => Promise<void>,
): Promise<{ readonly path: string; readonly fresh: boolean }> {
  const digest = createHash('sha256').update(JSON.stringify(made)).digest('hex').slice(0, 16);
  const path = join(cache, `${name}-${digest}`);
  if (existsSync(path)) return { path, fresh: false };
  const half = `${path}.${process.pid}`;
  mkdirSync(half, { recursive: true });
  try {
    await make(half);
    renameSync(half, path);
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
  return { path, fresh: true };
}

/** The text of source files of the bed: what makes a thing is part of what it is made of. */
export function sourcesOf(...names: readonly string[]): readonly string[] {
  return names.map((name) => readFileSync(new URL(name, import.meta.url), 'utf8'));
}
