/** What the files of the image store are needed for: what labs stand on, and what is kept of labs. */

import { openJournal } from '../engine/journal.ts';
import { messageOf } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { readFileStart } from '../host/plain-file.ts';
import { listLabs } from '../labs/lab-store.ts';
import { labPaths, type Roots } from '../paths.ts';
import type { ResourceSpec } from '../resource/index.ts';
import { cachePaths } from './cache.ts';
import { checkpointsOfAll } from './checkpoints.ts';

/** Somebody who needs files of the store, which bear their digest (sha256) in their names. */
export interface ImageUse {
  /** What needs the files, for messages: "the VMs of lab", or the path of a saved disk. */
  readonly by: string;
  /** The name of the lab, where it is a lab that needs them. */
  readonly lab?: string;
  /** The digests of the files; undefined where it cannot be told, so that it may be any. */
  readonly digests: readonly string[] | undefined;
  /** Why it cannot be told which files are needed. */
  readonly unread?: string;
}

/**
 * Bytes to read of a disk: it names the image behind it in its first cluster, of two mebibytes at most (QEMU,
 * docs/interop/qcow2).
 */
const firstCluster = 2 * 1024 ** 2;

/** What the labs on this host stand on, by their journals: also of a lab that was never made whole. */
export async function usesOfLabs(host: Host, roots: Roots): Promise<readonly ImageUse[]> {
  const labs = await listLabs(host, roots);
  return Promise.all(
    labs.map(async (lab) => {
      const by = `the VMs of ${lab}`;
      try {
        const journal = await openJournal(labPaths(roots, lab).journal, lab, host);
        const entries = journal.entries();
        const strange = entries.find(({ spec }) => spec.kind === 'unknown');
        if (strange !== undefined)
          return { by, lab, digests: undefined, unread: `${strange.id} is another labnet's` };
        const files = entries.flatMap(({ spec }) => filesOfImage(spec));
        return { by, lab, digests: digestsIn(files.join('\n')) };
      } catch (error) {
        return { by, lab, digests: undefined, unread: messageOf(error) };
      }
    }),
  );
}

/** What checkpoints, kept states and templates stand on, by the disks in them. */
export async function usesOfSaved(host: Host, roots: Roots): Promise<readonly ImageUse[]> {
  const directories = [...(await checkpointsOfAll(host, roots))];
  for (const kind of ['state', 'template'] as const)
    for (const key of await host.list(cachePaths.kept(roots, kind)))
      directories.push(`${cachePaths.kept(roots, kind)}/${key}`);
  const uses: ImageUse[] = [];
  for (const directory of directories)
    for (const name of await host.list(directory))
      if (name.endsWith('.disk')) uses.push(await useOfDisk(`${directory}/${name}`));
  return uses;
}

async function useOfDisk(path: string): Promise<ImageUse> {
  try {
    const start = Buffer.from(await readFileStart(path, firstCluster)).toString('latin1');
    const digests = digestsIn(start);
    if (digests.length > 0) return { by: path, digests };
    return { by: path, digests: undefined, unread: 'it names no image of the store' };
  } catch (error) {
    return { by: path, digests: undefined, unread: messageOf(error) };
  }
}

const digestsIn = (text: string) => [...new Set(text.match(/(?<=\/)[0-9a-f]{64}(?=\.)/g) ?? [])];

function filesOfImage(spec: ResourceSpec): readonly string[] {
  if (spec.kind === 'overlay') return [spec.backing];
  if (spec.kind !== 'machine' || spec.command.direct === undefined) return [];
  return [spec.command.direct.kernel, spec.command.direct.initrd];
}
