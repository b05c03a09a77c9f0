/** The gate of a template: files that QEMU adds to a guest's initrd, so that the image itself stays stock. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cpioArchive } from '../host/cpio.ts';
import { shipped } from '../paths.ts';

const names = ['gate.py', 'labnet-gate.service', 'prepare', 'ssh.conf', 'wait.conf', 'wants.conf'] as const;

/** What the gate says on the console when the template waits there to be saved. */
export const gateSign = /\blabnet-gate$/;

/** The archive to put behind an image's initrd: the kernel unpacks one after the other (driver-api/early-userspace). */
export function gateArchive(): Uint8Array {
  const files = names.map((name) => ({ path: `gate/${name}`, mode: 0o755, content: contentOf(name) }));
  return cpioArchive([{ path: 'gate', mode: 0o755 }, ...files]);
}

/** The SHA-256 of the gate's content: what has been loaded with another gate is another template. */
export function gateDigest(): string {
  const hash = createHash('sha256');
  for (const name of names) hash.update(contentOf(name));
  return hash.digest('hex');
}

function contentOf(name: string): Uint8Array {
  return readFileSync(`${shipped.guest}gate/${name}`);
}
