import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

const here = new URL('.', import.meta.url).pathname;

const parts = ['accelerator', 'cpus', 'machine', 'probes', 'seed', 'session', 'wire'].map(
  (name) => `${name}.py`,
);

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
  for (const name of ['bin', ...parts]) cpSync(join(source, name), join(target, name), { recursive: true });
  await execa('chmod', ['-R', 'a+rX', target]);
  await execa('/usr/bin/python3', ['-m', 'compileall', '-q', target]);
  return `${target}/bin:${path}`;
}

/** A store with a base image that is valid and small. */
export async function smallImage(state: string, name: string): Promise<void> {
  const images = join(state, 'images');
  mkdirSync(images, { recursive: true });
  chmodSync(images, 0o755);
  const file = join(images, 'new');
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', file, '64M']);
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
  const stored = join(images, `${sha256}.qcow2`);
  renameSync(file, stored);
  chmodSync(stored, 0o444);
  const { size, mtimeMs, ino } = statSync(stored);
  const entry = {
    name,
    sha256,
    size,
    virtualSize: 64 * 1024 * 1024,
    mtimeMs,
    inode: ino,
    source: 'import',
    created: new Date(mtimeMs).toISOString(),
    notes: [],
  };
  writeFileSync(join(images, `${name}.json`), JSON.stringify(entry));
}
