import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { LabnetError } from '../errors.ts';
import type { CopyOptions } from './host.ts';
import { openPlain } from './plain-file.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

const pieceSize = 1024 * 1024;

/**
 * Copies a file, as Host.copy tells. Neither end follows a link, and the source may be asked to be a plain file of one
 * owner: what lies in the directory of a VM must not lead root elsewhere.
 */
export async function copy(from: string, to: string, { mode, uid, ownedBy }: CopyOptions): Promise<void> {
  const source = await openPlain(from);
  try {
    const facts = await source.stat();
    if ((ownedBy !== undefined && facts.uid !== ownedBy) || facts.nlink > 1)
      throw new LabnetError('failed', `${from} is not the file that labnet made`);
    await rm(to, { force: true });
    const target = await open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      const buffer = Buffer.allocUnsafe(pieceSize);
      for (let at = 0; ; ) {
        const { bytesRead } = await source.read(buffer, 0, pieceSize, at);
        if (bytesRead === 0) break;
        await target.write(buffer, 0, bytesRead, at);
        at += bytesRead;
      }
      await target.chmod(mode);
      if (uid !== undefined) await target.chown(uid, uid);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
