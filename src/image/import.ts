import { LabnetError } from '../errors.ts';
import { readFileStart } from '../host/file-start.ts';
import type { Host } from '../host/host.ts';
import type { Roots } from '../paths.ts';
import { rawToQcow2 } from './convert.ts';
import { foreignFormat } from './foreign-format.ts';
import { checkQcow2Header, headerLength } from './qcow2-header.ts';
import { openStaging, sweepBuilds } from './staging.ts';
import { addImage } from './store.ts';
import { checkImageName, type StoredImage } from './stored-image.ts';

export interface ImportOptions {
  /** qcow2 unless told; a raw file must be called one, since any bytes at all could be one. */
  readonly format?: 'qcow2' | 'raw' | undefined;
  readonly signal?: AbortSignal | undefined;
}

const timeout = 60 * 60_000;

/**
 * Copies a local image file into the store under a name; a raw file is stored as qcow2.
 *
 * @throws LabnetError usage when there is no such file, host-cannot when its header does not pass.
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
  const foreign = foreignFormat(await readFileStart(source, headerLength));
  if (format === 'qcow2') await checkHead(source, foreign);
  await sweepBuilds(host, roots);
  const staging = await openStaging(host, roots);
  try {
    const copy = `${staging.path}/copy`;
    await host.run(['cp', '--sparse=always', '--reflink=auto', '--', source, copy], { timeout, signal });
    const stored = format === 'raw' ? await fromRaw(copy, staging.path, host, signal) : copy;
    // The copy's header is checked there once more: the first look was at a file that others may still write.
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

async function realPath(file: string, host: Host): Promise<string> {
  const { status, stdout } = await host.run(['realpath', '--canonicalize-existing', '--zero', '--', file], {
    accept: [0, 1],
  });
  const path = stdout.replace(/\0$/, '');
  if (status !== 0 || (await host.stat(path))?.kind !== 'file') {
    throw new LabnetError('usage', `${file} is no file`, {
      hint: 'sudo labnet image import FILE --name NAME',
    });
  }
  return path;
}

/** A wrong file is refused before minutes go into copying it. */
async function checkHead(path: string, foreign: string | undefined): Promise<void> {
  try {
    checkQcow2Header(await readFileStart(path, headerLength));
  } catch (error) {
    if (!(error instanceof LabnetError)) throw error;
    throw new LabnetError('host-cannot', `${path}: ${error.message}`, {
      cause: error,
      hint:
        error.hint ??
        (foreign === undefined
          ? 'a raw disk image must be called one: --format raw'
          : `it begins as ${foreign}: labnet takes qcow2 and raw`),
    });
  }
}

/** A raw disk is what its bytes are, also when they are those of another format: nothing ever looks into them. */
function oddity(foreign: string | undefined): readonly string[] {
  return foreign === undefined ? [] : [`begins as ${foreign}, and is stored byte for byte as a raw disk`];
}

async function fromRaw(
  copy: string,
  staging: string,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<string> {
  const facts = await host.stat(copy);
  if (facts === undefined || facts.size === 0 || facts.size % 512 !== 0) {
    throw new LabnetError(
      'host-cannot',
      'this is no raw disk image: its size is not a number of 512-byte sectors',
    );
  }
  const image = `${staging}/image.qcow2`;
  await rawToQcow2(copy, image, host, { signal });
  return image;
}
