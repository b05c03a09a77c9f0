/** Downloads a ready-made cloud image, resumes what was cut short, and believes only the checksum. */
import { basename } from 'node:path';
import { LabnetError, messageOf, throwIfInterrupted } from '../errors.ts';
import { downloadText, downloadTo, HttpRefused } from '../host/download.ts';
import type { Host } from '../host/host.ts';
import { hashFile } from '../host/plain-file.ts';
import type { Roots } from '../paths.ts';
import { shownAddress, webAddress } from './address.ts';
import { checksumOf } from './sha512sums.ts';
import { downloads, openStaging, rescueDownloads, sweepBuilds } from './staging.ts';
import { addImage } from './store.ts';
import { checkImageName, type StoredImage } from './stored-image.ts';

/** What to download, and the name that it gets. */
export interface PullRequest {
  /** The name it gets in the store. */
  readonly name: string;
  readonly url: string;
  /** Address of the SHA512SUMS; the one beside the image unless told. */
  readonly sums?: string | undefined;
  readonly recipe?: string | undefined;
}

/** Who is told how far a download has come, and what ends it. */
export interface PullOptions {
  /** Called with the bytes that are here and, where known, the bytes there will be. */
  readonly onProgress?: ((bytes: number, total: number | undefined) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How many cuts in a row, without a byte between them, make a download give up. */
const patience = 3;

/**
 * Downloads an image, checks it by its SHA512SUMS and stores it.
 *
 * @throws LabnetError usage for an address that is none; failed when the server refuses, the line stays cut (what
 *   arrived is kept for the next try) or the checksum is another (nothing is kept); host-cannot for an image that is
 *   refused; interrupted
 */
export async function pullImage(
  { name, url, sums, recipe }: PullRequest,
  options: PullOptions,
  host: Host,
  roots: Roots,
): Promise<StoredImage> {
  checkImageName(name);
  const address = webAddress(url);
  const file = fileNameOf(address);
  const sumsAddress = sums === undefined ? new URL('SHA512SUMS', address) : webAddress(sums);
  const shownSums = shownAddress(sumsAddress);
  await sweepBuilds(host, roots);
  const digest = checksumOf(
    file,
    await explained(downloadText(sumsAddress.href, shownSums, options.signal), options.signal),
    shownSums,
  );
  const staging = await openStaging(host, roots);
  // Held in a directory of our own while it grows, so that two runs never write to one file.
  const part = `${staging.path}/${digest}.part`;
  try {
    const kept = `${downloads(roots)}/${digest}.part`;
    if ((await host.stat(kept)) !== undefined)
      await host.run(['mv', '--no-target-directory', '--', kept, part]);
    await download(address, part, digest, options, host);
    const notes = [`pulled from ${shownAddress(address)}`];
    if (sumsAddress.protocol !== 'https:')
      notes.push('the checksum came over plain http: nobody vouches for it');
    const metadata = { name, source: 'pull' as const, ...(recipe === undefined ? {} : { recipe }), notes };
    try {
      return await addImage(part, metadata, host, roots, options.signal);
    } catch (error) {
      if (!(error instanceof LabnetError) || error.code !== 'host-cannot') throw error;
      // It is right by its checksum and yet refused: the next time, it would be refused again.
      await host.remove(part);
      throw refusedAt(address, name, error);
    }
  } finally {
    await rescueDownloads(staging.path, host, roots);
    await staging.remove();
  }
}

/**
 * The error for an image that was refused at an address: what is to be done with its file is told once the user has
 * one.
 */
function refusedAt(address: URL, name: string, { code, message, hint }: LabnetError): LabnetError {
  const aboutFile = hint === undefined || /\bFILE\b/.test(hint);
  return new LabnetError(code, `${shownAddress(address)}: ${message}`, {
    hint: aboutFile
      ? `download it yourself; sudo labnet image import FILE --name ${name} tells what can be made of it`
      : hint,
  });
}

/** Fetches until the checksum is right, going on after every cut that brought something. */
async function download(
  address: URL,
  part: string,
  digest: string,
  options: PullOptions,
  host: Host,
): Promise<void> {
  const held = async () => (await host.stat(part))?.size ?? 0;
  let isFresh = (await held()) === 0;
  for (let fruitless = 0; ; ) {
    const before = await held();
    try {
      await downloadTo(address.href, part, { ...options, shown: shownAddress(address) });
    } catch (error) {
      throwIfInterrupted(options.signal);
      fruitless = (await held()) > before ? 0 : fruitless + 1;
      if (error instanceof HttpRefused || fruitless >= patience) throw unreachableServer(error, await held());
      continue;
    }
    if ((await hashFile(part, 'sha512', options.signal)) === digest) return;
    await host.remove(part);
    // What an earlier run left may be at fault; a whole download with the wrong checksum is not tried again.
    if (isFresh) {
      throw new LabnetError('failed', `${shownAddress(address)} is not what its SHA512SUMS says`, {
        hint: 'the server may be changing its files: try again later',
      });
    }
    isFresh = true;
  }
}

async function explained<T>(download: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return download.catch((error: unknown) => {
    throwIfInterrupted(signal);
    throw unreachableServer(error, 0);
  });
}

function unreachableServer(error: unknown, kept: number): LabnetError {
  const cause = error instanceof Error && error.cause !== undefined ? `: ${messageOf(error.cause)}` : '';
  const hint =
    kept === 0
      ? 'check the address and the connection, or use "sudo labnet image build"'
      : `${Math.floor(kept / 1_000_000)} MB are kept: the same command goes on from there`;
  return new LabnetError('failed', `cannot download: ${messageOf(error)}${cause}`, { hint, cause: error });
}

function fileNameOf(address: URL): string {
  const name = decoded(basename(address.pathname));
  if (name !== undefined && /^[^\s\p{Cc}]+$/u.test(name)) return name;
  throw new LabnetError('usage', `${shownAddress(address)} is no http address of a file`);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
