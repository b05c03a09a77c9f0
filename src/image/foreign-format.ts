/** How files of other formats begin: [offset, bytes in hexadecimal, what it is] (QEMU, block/*.c; file(1)). */
const beginnings: readonly (readonly [offset: number, bytes: string, name: string])[] = [
  [0, '514649fb', 'a qcow or qcow2 image'],
  [0, '51454400', 'a QED image'],
  [0, '4b444d56', 'a VMDK image'],
  [0, '434f5744', 'a VMDK image'],
  [0, '23204469736b2044657363726970746f72', 'a VMDK description'],
  [0, '7668647866696c65', 'a VHDX image'],
  [0, '636f6e6563746978', 'a VHD image'],
  [64, '7f10dabe', 'a VDI image'],
  [0, '576974686f7574467265655370616365', 'a Parallels image'],
  [0, '576974686f75467265537061634578', 'a Parallels image'],
  [0, '4c554b53babe', 'an encrypted volume (LUKS)'],
  [0, '1f8b', 'a compressed file (gzip)'],
  [0, 'fd377a585a00', 'a compressed file (xz)'],
  [0, '28b52ffd', 'a compressed file (zstd)'],
  [0, '425a68', 'a compressed file (bzip2)'],
  [0, '504b0304', 'an archive (zip)'],
  [0, '7f454c46', 'a program (ELF)'],
];

/** What a file that begins with these bytes is taken for; undefined when it may well be a raw disk. */
export function foreignFormat(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return beginnings.find(([offset, start]) => {
    const length = start.length / 2;
    return text.subarray(offset, offset + length).toString('hex') === start;
  })?.[2];
}
