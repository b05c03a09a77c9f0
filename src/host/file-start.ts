import { openPlain } from './open-plain.ts';

/**
 * The first bytes of a plain file; fewer when the file is shorter. @throws LabnetError failed for what is no plain file
 */
export async function readFileStart(path: string, length: number): Promise<Uint8Array> {
  const file = await openPlain(path);
  try {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await file.read(bytes, filled, length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await file.close();
  }
}
