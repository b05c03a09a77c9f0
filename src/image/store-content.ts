/** Taking a file into the store: under its own hash, read-only, root's. */
import { dirname } from 'node:path';
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { hashFile } from '../host/plain-file.ts';
import type { Roots } from '../paths.ts';
import { unfinished } from './store-sweep.ts';
import { type ContentKind, type StoredContent, storePaths } from './stored-image.ts';

/** Milliseconds that each step of moving a file may take. */
const copyTimeoutMs = 30 * 60_000;

/** How a file is taken into the store. */
export interface Taking {
  /** The tag of this run, which is in the name of what it leaves behind when it is killed. */
  readonly tag: string;
  /**
   * Called with the path of the note that the file has no name yet; the caller removes it once an entry names the file.
   */
  readonly onMarker: (path: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Moves a file into the store, unless the store has it already. Where it was moved, it is gone from its place. */
export async function takeContent(
  file: string,
  kind: ContentKind,
  { tag, onMarker, signal }: Taking,
  host: Host,
  roots: Roots,
): Promise<StoredContent> {
  const digest = await hashFile(file, 'sha256', signal);
  const directory = storePaths.directory(roots);
  const stored = storePaths.file(roots, digest, kind);
  if (!(await holds(stored, digest, host, signal))) {
    const marker = `${directory}/${unfinished.unnamed(tag, digest)}`;
    onMarker(marker);
    await host.write(marker, '', { mode: 0o600 });
    await moveIn(file, `${directory}/${unfinished.incoming(tag, digest)}`, stored, host, signal);
  }
  const facts = await host.stat(stored);
  if (facts === undefined) throw new LabnetError('failed', `${stored} vanished while it was being stored`);
  const { size, mtimeMs, inode } = facts;
  return { sha256: digest, size, mtimeMs, inode };
}

/** Whether the store holds the file already, which saves the move; one that was tampered with counts as absent. */
async function holds(
  path: string,
  digest: string,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return (await host.stat(path)) !== undefined && (await hashFile(path, 'sha256', signal)) === digest;
}

async function moveIn(
  file: string,
  incoming: string,
  stored: string,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = { timeout: copyTimeoutMs, signal };
  try {
    // Across file systems mv copies: hence the name of its own first, and the sync before the last step.
    await host.run(['mv', '--no-target-directory', '--', file, incoming], options);
    await host.run(['chown', String(process.getuid?.() ?? 0), incoming]);
    await host.run(['chmod', '0444', incoming]);
    await host.run(['sync', incoming], options);
    await host.run(['mv', '--no-target-directory', '--', incoming, stored]);
    await host.run(['sync', dirname(stored)]);
  } finally {
    await host.remove(incoming);
  }
}
