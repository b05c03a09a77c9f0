import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { readFileStart } from '../host/plain-file.ts';
import { quoteWord } from '../host/shell-quote.ts';
import type { Roots } from '../paths.ts';
import { checkBootable, isSigned } from './boot-code.ts';
import { rawToQcow2 } from './convert.ts';
import { discFormat, type ForeignFormat, foreignFormat } from './foreign-format.ts';
import { checkQcow2Header, headerLength } from './qcow2-header.ts';
import { getAgain, namedIn, refusedImage } from './refused.ts';
import { openStaging, sweepBuilds } from './staging.ts';
import { addImage } from './store.ts';
import { checkImageName, type StoredImage } from './stored-image.ts';

/** How a file is imported. */
export interface ImportOptions {
  /** The format of the file, qcow2 unless told; a raw file must be called one, since any bytes at all could be one. */
  readonly format?: 'qcow2' | 'raw' | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that copying the file may take. */
const timeoutMs = 60 * 60_000;

/**
 * Copies a local image file into the store under a name; a raw file is stored as qcow2.
 *
 * @throws LabnetError usage when there is no such file, or it is no plain one, host-cannot when the image is refused, with what is wrong and
 *   the line to type that makes another of it.
 */
export async function importImage(
  file: string,
  name: string,
  { format = 'qcow2', signal }: ImportOptions,
  host: Host,
  roots: Roots,
): Promise<StoredImage> {
  checkImageName(name);
  const source = await realPath(file, host);
  try {
    return await importFrom(source, name, { format, signal }, host, roots);
  } catch (error) {
    throw namedIn(error, { file: source, name });
  }
}

async function importFrom(
  source: string,
  name: string,
  { format, signal }: ImportOptions,
  host: Host,
  roots: Roots,
): Promise<StoredImage> {
  const start = await readFileStart(source, headerLength);
  const foreign = foreignFormat(start);
  // A wrong file is refused before minutes go into copying it.
  if (format === 'raw') checkRawHead(start, foreign, (await host.stat(source))?.size ?? 0);
  else checkQcow2Head(start, foreign);
  await sweepBuilds(host, roots);
  const staging = await openStaging(host, roots);
  try {
    const copy = `${staging.path}/copy`;
    await host.run(['cp', '--sparse=always', '--reflink=auto', '--', source, copy], {
      timeout: timeoutMs,
      signal,
    });
    const stored = format === 'raw' ? await fromRaw(copy, staging.path, host, signal) : copy;
    // The copy is checked there once more: the first look was at a file that others may still write.
    return await addImage(
      stored,
      {
        name,
        source: 'import',
        notes: [`imported from ${source}`, ...(format === 'raw' ? oddity(foreign) : [])],
      },
      host,
      roots,
      signal,
    );
  } finally {
    await staging.remove();
  }
}

/**
 * The path of a disk image's file, without links. Nothing is opened: at a pipe that would be waiting for who writes to
 * it.
 */
async function realPath(file: string, host: Host): Promise<string> {
  const { status, stdout } = await host.run(['realpath', '--canonicalize-existing', '--zero', '--', file], {
    accept: [0, 1],
  });
  const path = stdout.replace(/\0$/, '');
  const kind = status === 0 ? (await host.stat(path))?.kind : undefined;
  if (kind === 'file') return path;
  const what = kind === undefined ? 'there is no such file' : `it is a ${kind}`;
  throw new LabnetError('usage', `${file} is no file of a disk image: ${what}`, {
    hint: kind === 'block device' ? asFile(path) : 'sudo labnet image import FILE --name NAME',
  });
}

/** The lines that make a file of a disk, such as a USB stick, and import it. */
const asFile = (device: string) =>
  `sudo qemu-img convert -f raw -O qcow2 ${quoteWord(device)} disk.qcow2\nsudo labnet image import disk.qcow2 --name NAME`;

function checkQcow2Head(start: Uint8Array, foreign: ForeignFormat | undefined): void {
  const disc = discFormat(start);
  const isQcow = foreign?.name.includes('qcow') === true;
  if (isQcow) checkQcow2Header(start);
  else if (foreign !== undefined || disc !== undefined) throw itIs((disc ?? foreign) as ForeignFormat);
  else if (start.length === 0) throw refusedImage('it is empty', getAgain);
  else if (isSigned(start))
    throw refusedImage(
      'it is no qcow2 image, and may be a raw disk',
      'a raw disk image must be called one: sudo labnet image import FILE --format raw --name NAME',
    );
  else throw refusedImage('it is neither a qcow2 image nor a disk that a BIOS boots', getAgain);
}

/**
 * Refuses a raw file that is of another format, or that no BIOS boots: such a file may as well be of another format.
 */
function checkRawHead(start: Uint8Array, foreign: ForeignFormat | undefined, size: number): void {
  const other = discFormat(start) ?? (isSigned(start) ? undefined : foreign);
  if (other !== undefined) throw itIs(other);
  if (start.length === 0) throw refusedImage('it is empty', getAgain);
  checkBootable(start, size);
}

function itIs({ name, cure }: ForeignFormat): LabnetError {
  return refusedImage(`it is ${name}`, cure ?? 'labnet takes disks as qcow2 and raw');
}

/**
 * The note for a raw disk that begins as another format. A raw disk is what its bytes are: nothing ever looks into
 * them.
 */
function oddity(foreign: ForeignFormat | undefined): readonly string[] {
  if (foreign === undefined) return [];
  return [`begins as ${foreign.name}, and is stored byte for byte as a raw disk`];
}

async function fromRaw(
  copy: string,
  staging: string,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<string> {
  const facts = await host.stat(copy);
  if (facts === undefined || facts.size === 0 || facts.size % 512 !== 0) {
    throw refusedImage('as a raw disk: its size is not a number of 512-byte sectors', getAgain);
  }
  const image = `${staging}/image.qcow2`;
  await rawToQcow2(copy, image, host, { signal });
  return image;
}
