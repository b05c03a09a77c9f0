/** What is made once and found again: disks of hosts, repositories, earlier versions of labnet. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';

const cache = process.env.LABNET_TEST_CACHE ?? '/var/cache/labnet-tests';

/** Days after which what nobody has used makes room for what takes its place. */
const unusedDays = 7;

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
  if (existsSync(path)) {
    const now = new Date();
    utimesSync(path, now, now);
    return { path, fresh: false };
  }
  mkdirSync(cache, { recursive: true });
  sweep(name);
  const half = `${path}.${process.pid}`;
  mkdirSync(half);
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

/** Removes what was made under the same name and is used no more, and what a run that was killed has left half made. */
function sweep(name: string): void {
  for (const entry of readdirSync(cache).filter((one) => one.startsWith(`${name}-`))) {
    const [, digest, pid] = /^([0-9a-f]{16})(?:\.(\d+))?$/.exec(entry.slice(name.length + 1)) ?? [];
    if (digest === undefined) continue;
    const path = join(cache, entry);
    const idleDays = (Date.now() - statSync(path).mtimeMs) / 86_400_000;
    const over = pid === undefined ? idleDays > unusedDays : !existsSync(`/proc/${pid}`);
    if (over) rmSync(path, { recursive: true, force: true });
  }
}
