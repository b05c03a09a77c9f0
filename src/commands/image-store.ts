/** Taking images out of the store: nothing goes that a lab, or what is kept of one, stands on. */

import { LabnetError } from '../errors.ts';
import { sharedStore } from '../image/shared-store.ts';
import { digestsOf, removeImage } from '../image/store.ts';
import { lockStore } from '../image/store-lock.ts';
import { type StoredFile, unnamedFiles } from '../image/store-prune.ts';
import { sweepStore } from '../image/store-sweep.ts';
import { checkImageName, entryIn, storePaths } from '../image/stored-image.ts';
import { type ImageUse, usesOfLabs, usesOfSaved } from '../kept/image-use.ts';
import { formatDisk } from '../lab/quantity.ts';
import { lockHost } from '../labs/lab-store.ts';
import { adminsImages, type Roots } from '../paths.ts';
import { table } from '../report/table.ts';
import { requireYes } from '../runs/confirm.ts';
import type { Context, Result } from '../runs/context.ts';

type StoreContext = Pick<Context, 'host' | 'roots' | 'uid' | 'options'>;

/** Removes an image. Refuses while a lab's disks stand on the image, or its VMs boot with the image's kernel. */
export async function imageRemove(name: string, context: StoreContext): Promise<Result<'image-remove'>> {
  const { host, roots } = context;
  await refuseShared(name, context);
  await digestsOf(name, host, roots);
  await locked(`image remove ${name}`, context, async () => {
    const digests = await digestsOf(name, host, roots);
    for (const use of await usesOfLabs(host, roots)) {
      refuseUnread([use]);
      if (use.digests?.some((digest) => digests.includes(digest)) === true)
        throw new LabnetError('failed', `${use.by} stand on ${name}`, {
          hint: `sudo labnet destroy ${use.lab} first`,
        });
    }
    await removeImage(name, host, roots);
  });
  return { json: { ok: true, removed: name }, text: `${name} removed${unknownUsers(roots)}` };
}

/** Refuses an image that lies in the admin's store alone. @throws LabnetError failed */
async function refuseShared(name: string, { host, roots }: StoreContext): Promise<void> {
  const shared = sharedStore(roots);
  checkImageName(name);
  if (shared === undefined || (await host.stat(storePaths.entry(roots, name))) !== undefined) return;
  const found = await host.stat(entryIn(shared, name)).catch(() => undefined);
  if (found === undefined) return;
  throw new LabnetError(
    'failed',
    `${name} lies in ${shared}, the store of this PC's admin, where labnet removes nothing for you`,
    { hint: `whoever is root on this PC removes it: sudo labnet image remove ${name}` },
  );
}

/** The remark for an image that went from the store in which the labs of all users look. */
function unknownUsers(roots: Roots): string {
  if (storePaths.directory(roots) !== adminsImages) return '';
  return "\nlabnet cannot know whether labs of this PC's ordinary users stand on it: those start no more";
}

/** The flags of `labnet image prune`. */
export interface ImagePruneOptions {
  /** Whether to only tell what would go. */
  readonly dryRun?: boolean | undefined;
}

/** Removes the files that no name points to and that no lab, checkpoint, kept state or template stands on. */
export async function imagePrune(
  { dryRun = false }: ImagePruneOptions,
  context: StoreContext & Pick<Context, 'interactive' | 'signal'>,
): Promise<Result<'image-prune'>> {
  const { host, roots } = context;
  if ((await host.stat(storePaths.directory(roots))) === undefined) return pruned([], dryRun);
  const seen = await unneeded(context);
  if (dryRun || seen.length === 0) return pruned(seen, dryRun);
  const hint = '--dry-run only tells what would go, --yes asks nothing';
  await requireYes(`Remove these?\n${listed(seen)}\n`, hint, context);
  const removed = await locked('image prune', context, async () => {
    await sweepStore(host, roots);
    const asked = new Set(seen.map(({ path }) => path));
    const gone = (await unneeded(context)).filter(({ path }) => asked.has(path));
    for (const { path } of gone) await host.remove(path);
    return gone;
  });
  return pruned(removed, dryRun);
}

/** The stored files that nobody needs. @throws LabnetError failed where it cannot be told what is needed */
async function unneeded({ host, roots }: StoreContext): Promise<readonly StoredFile[]> {
  const uses = [...(await usesOfLabs(host, roots)), ...(await usesOfSaved(host, roots))];
  refuseUnread(uses);
  const used = new Set(uses.flatMap(({ digests = [] }) => digests));
  return (await unnamedFiles(host, roots)).filter(({ sha256 }) => !used.has(sha256));
}

function refuseUnread(uses: readonly ImageUse[]): void {
  const unread = uses.filter(({ digests }) => digests === undefined);
  if (unread.length === 0) return;
  const why = unread.map(({ by, unread: reason }) => `it cannot be told what ${by} needs: ${reason}`);
  throw new LabnetError('failed', why.join('\n'), {
    hint: unread.some(({ lab }) => lab === undefined)
      ? 'sudo labnet cache prune removes what is not whole, and with --all everything that is kept'
      : 'the image may be one that the lab stands on, so it stays: sudo labnet status tells more',
  });
}

/** Does work under the locks of host and store: meanwhile no lab is begun, and no image is stored. */
async function locked<T>(purpose: string, context: StoreContext, work: () => Promise<T>): Promise<T> {
  const { host, roots, options } = context;
  const hostLock = await lockHost(purpose, { host, roots, wait: options.wait });
  try {
    const storeLock = await lockStore(purpose, roots, options.wait);
    try {
      return await work();
    } finally {
      await storeLock.release();
    }
  } finally {
    await hostLock.release();
  }
}

const sum = (files: readonly StoredFile[]) => files.reduce((bytes, file) => bytes + file.bytes, 0);
const listed = (files: readonly StoredFile[]) =>
  table(files.map(({ path, bytes }) => [path, formatDisk(bytes)]));

function pruned(files: readonly StoredFile[], dryRun: boolean): Result<'image-prune'> {
  const freed = sum(files);
  const deed = dryRun ? 'would be freed' : 'freed';
  return {
    json: { ok: true, dryRun, files, freed },
    text:
      files.length === 0
        ? 'Every stored file is named, or in use.'
        : `${listed(files)}\n${formatDisk(freed)} ${deed}`,
  };
}
