import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localHost } from '../../../src/host/local-host.ts';
import type { Roots } from '../../../src/paths.ts';

/** A directory for one test, with labnet's roots in it, and this machine. */
export async function workshop() {
  const base = await mkdtemp(join(tmpdir(), 'labnet-image-'));
  // qemu-img, which has no rights, passes through it.
  await chmod(base, 0o711);
  const roots: Roots = { state: `${base}/state`, run: `${base}/run`, cache: `${base}/cache` };
  return {
    base,
    roots,
    host: localHost(),
    async file(name: string, content: string | Uint8Array): Promise<string> {
      await writeFile(join(base, name), content);
      return join(base, name);
    },
    remove: () => rm(base, { recursive: true, force: true }),
  };
}

export type Workshop = Awaited<ReturnType<typeof workshop>>;

/** A tag of a process that is gone: of another boot. */
export const deadTag = '1-1-00000000-abcdef';
