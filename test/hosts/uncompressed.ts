import { readFileSync, writeFileSync } from 'node:fs';
import { execa } from 'execa';

/** An ar archive, which a Debian package is (deb(5)): this word, then members, each with a head of 60 bytes. */
const magic = '!<arch>\n';
const headLength = 60;

/**
 * Makes a Debian package one that dpkg need not decompress: half of the time that an emulated PC takes to install
 * it. Its content stays as it is.
 */
export async function uncompress(file: string): Promise<void> {
  const archive = readFileSync(file);
  const parts: Buffer[] = [Buffer.from(magic)];
  for (let at = magic.length; at + headLength <= archive.length; ) {
    const head = archive.toString('latin1', at, at + headLength);
    const name = head.slice(0, 16).trim().replace(/\/$/, '');
    const size = Number(head.slice(48, 58));
    const content = archive.subarray(at + headLength, at + headLength + size);
    const packed = name === 'data.tar.xz';
    const plain = packed ? await decompressed(content) : content;
    const newName = packed ? 'data.tar' : name;
    parts.push(
      Buffer.from(
        `${newName.padEnd(16)}${head.slice(16, 48)}${String(plain.length).padEnd(10)}${head.slice(58)}`,
        'latin1',
      ),
      Buffer.from(plain),
      // Members begin at even places.
      Buffer.from(plain.length % 2 === 1 ? '\n' : ''),
    );
    at += headLength + size + (size % 2);
  }
  writeFileSync(file, Buffer.concat(parts));
}

async function decompressed(content: Uint8Array): Promise<Uint8Array> {
  const { stdout } = await execa('xz', ['--decompress', '--stdout'], {
    input: content,
    encoding: 'buffer',
    maxBuffer: 2 ** 31,
  });
  return stdout;
}
