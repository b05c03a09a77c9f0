import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

const here = new URL('.', import.meta.url).pathname;

/** labnet's own PATH, and before it the stand-ins. */
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Copies the stand-ins for QEMU and ssh to where the VMs' own uids can read them.
 *
 * @param source the folder of the stand-ins, for a caller that has been bundled
 * @returns the LABNET_PATH that has them first
 */
export async function installStandIn(directory: string, source = here): Promise<string> {
  const target = join(directory, 'stand-in');
  mkdirSync(target, { mode: 0o755 });
  // All in one directory: a VM's view of the host has those of LABNET_PATH and no other.
  const parts = [join(source, 'bin'), source].flatMap((from) =>
    readdirSync(from)
      .filter((name) => from !== source || name.endsWith('.py'))
      .map((name) => [join(from, name), name]),
  );
  for (const [from = '', name = ''] of parts) cpSync(from, join(target, name));
  await execa('chmod', ['-R', 'a+rX', target]);
  await execa('/usr/bin/python3', ['-m', 'compileall', '-q', target]);
  return `${target}:${path}`;
}

export interface SmallImage {
  /** With a kernel and an initrd beside it: its VMs can be cloned from a template. */
  readonly kernel?: boolean;
}

/** A store with a base image that is valid and small. */
export async function smallImage(
  state: string,
  name: string,
  { kernel = false }: SmallImage = {},
): Promise<void> {
  const images = join(state, 'images');
  mkdirSync(images, { recursive: true });
  chmodSync(images, 0o755);
  const file = join(images, 'new');
  // Its name stands in it: two images are two files.
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', file, '64M']);
  appendFileSync(file, name);
  const image = takeIn(file, 'qcow2');
  const { mtimeMs } = image;
  const entry = {
    ...image,
    name,
    virtualSize: 64 * 1024 * 1024,
    ...(kernel && { direct: { kernel: beside('kernel'), initrd: beside('initrd'), arguments: 'quiet' } }),
    source: 'import',
    created: new Date(mtimeMs).toISOString(),
    notes: [],
  };
  writeFileSync(join(images, `${name}.json`), JSON.stringify(entry));

  function beside(kind: string) {
    writeFileSync(file, `the ${kind} of ${name}`);
    return takeIn(file, kind);
  }
}

/** Gives a file of the store the name that its content has there. */
function takeIn(file: string, kind: string) {
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
  const stored = join(dirname(file), `${sha256}.${kind}`);
  renameSync(file, stored);
  chmodSync(stored, 0o444);
  const { size, mtimeMs, ino: inode } = statSync(stored);
  return { sha256, size, mtimeMs, inode };
}
