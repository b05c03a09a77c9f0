import { thenImport } from './refused.ts';

/** A format that labnet does not take, known by how a file begins. */
export interface ForeignFormat {
  /** "a VMDK image" */
  readonly name: string;
  /** The lines to type that make of it what labnet takes, see refused.ts; undefined where nothing does. */
  readonly cure: string | undefined;
}

const converted = (format: string) => `qemu-img convert -f ${format} -O qcow2 FILE NEW${thenImport}`;
/**
 * The lines to type that unpack a file with this program, which reads a file of any name. What is in it is told apart
 * by its own beginning.
 */
const unpacked = (program: string) =>
  `what is in it may be an image or an archive:\n${program} -dc FILE > NEW${thenImport}`;
const getPage = 'download the image again: the server has sent a page in its place';
const archive = (line: string) => `take the disk out of it and import that:\n${line}`;

/** [offset, bytes in hexadecimal, what it is, its cure] (QEMU, block/*.c; file(1)). */
const beginnings: readonly (readonly [offset: number, bytes: string, name: string, cure?: string])[] = [
  [0, '514649fb', 'a qcow or qcow2 image', 'without --format raw it is taken for one'],
  [0, '51454400', 'a QED image', converted('qed')],
  [0, '4b444d56', 'a VMDK image', converted('vmdk')],
  [0, '434f5744', 'a VMDK image', converted('vmdk')],
  [0, '23204469736b2044657363726970746f72', 'a VMDK description', converted('vmdk')],
  [0, '7668647866696c65', 'a VHDX image', converted('vhdx')],
  [0, '636f6e6563746978', 'a VHD image', converted('vpc')],
  [64, '7f10dabe', 'a VDI image', converted('vdi')],
  [0, '576974686f7574467265655370616365', 'a Parallels image', converted('parallels')],
  [0, '576974686f75467265537061634578', 'a Parallels image', converted('parallels')],
  [
    0,
    '4c554b53babe',
    'an encrypted volume (LUKS)',
    `qemu-img convert --object secret,id=key,file=PASSWORD_FILE --image-opts driver=luks,key-secret=key,OPTION -O qcow2 NEW${thenImport}`,
  ],
  [0, '1f8b', 'a compressed file (gzip)', unpacked('gzip')],
  [0, 'fd377a585a00', 'a compressed file (xz)', unpacked('xz')],
  [0, '28b52ffd', 'a compressed file (zstd)', unpacked('zstd')],
  [0, '425a68', 'a compressed file (bzip2)', unpacked('bzip2')],
  [0, '5d00008000', 'a compressed file (lzma)', unpacked('xz')],
  [0, '377abcaf271c', 'an archive (7z)', archive('7z x FILE')],
  [0, '504b0304', 'an archive (zip)', archive('unzip FILE')],
  [257, '7573746172', 'an archive (tar)', archive('tar -xf FILE')],
  [0, '7f454c46', 'a program (ELF)'],
  [0, '3c21444f4354595045', 'a web page', getPage],
  [0, '3c21646f6374797065', 'a web page', getPage],
  [0, '3c68746d6c', 'a web page', getPage],
];

const cdAt = 32_769;

/** A CD (ECMA-119, 8.1): it may well begin as a disk that a BIOS boots, and what it starts is an installer. */
const cd: ForeignFormat = {
  name: 'a CD or DVD (ISO 9660)',
  cure: 'labnet starts disks on which a system is installed: a maker of CDs often offers a cloud image, too (qcow2)',
};

/** What a file that begins with these bytes is taken for; undefined when it may well be a raw disk. */
export function foreignFormat(bytes: Uint8Array): ForeignFormat | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = beginnings.find(([offset, start]) => {
    const length = start.length / 2;
    return text.subarray(offset, offset + length).toString('hex') === start;
  });
  return found === undefined ? undefined : { name: found[2], cure: found[3] };
}

/** Tells a CD or DVD by its bytes (see `cd`); undefined for anything else. */
export function discFormat(bytes: Uint8Array): ForeignFormat | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return text.subarray(cdAt, cdAt + 5).toString('latin1') === 'CD001' ? cd : undefined;
}
