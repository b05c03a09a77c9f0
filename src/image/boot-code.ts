/**
 * Whether a BIOS can start a disk, as far as its first sectors show: labnet boots what it has not built by BIOS alone.
 */
import { getAgain, refusedImage } from './refused.ts';

const sector = 512;
/** Bytes of code in a boot sector; the partition table and what belongs to it take the rest. */
const codeLength = 440;
const efi = { mbr: 0xef, gpt: '28732ac11ff8d211ba4b00a0c93ec93b' } as const;
const protective = 0xee;
const zeroGuid = '0'.repeat(32);

/** Whether a disk begins with a boot sector, by the mark at its end. */
export function isSigned(start: Uint8Array): boolean {
  return start[510] === 0x55 && start[511] === 0xaa;
}

/** A part of the disk, by an entry of its partition table. */
interface Partition {
  /** The first byte behind the partition. */
  readonly end: number;
  /** Whether EFI firmware boots from this partition. */
  readonly isEfi: boolean;
}

/**
 * Refuses a disk that is cut off, or that no BIOS boots.
 *
 * @param start the disk's first bytes: a mebibyte, or all of a smaller disk
 * @param size bytes of the disk
 * @throws LabnetError host-cannot for a disk that is shorter than its partition table says, or that no BIOS boots
 */
export function checkBootable(start: Uint8Array, size: number): void {
  const view = Buffer.from(start.buffer, start.byteOffset, start.byteLength);
  const signed = isSigned(view);
  const partitions = signed ? partitionsOf(view) : [];
  const end = Math.max(0, ...partitions.map((partition) => partition.end));
  if (end > size)
    throw refusedImage(
      `its disk has ${size} bytes, and its partition table goes to byte ${end}: the end is missing`,
      getAgain,
    );
  if (signed && view.subarray(0, codeLength).some((byte) => byte !== 0)) return;
  if (partitions.some(({ isEfi }) => isEfi))
    throw refusedImage(
      'it boots by EFI alone: it has an EFI system partition, and no boot code for a BIOS, by which labnet boots',
      "take a variant for BIOS and EFI, as Debian's generic cloud images are: sudo labnet image pull debian-12",
    );
  throw refusedImage(
    signed ? 'there is no boot code in its boot sector' : 'it has no boot sector, so no BIOS boots it',
    'labnet starts disks on which a system and its boot loader are installed, no file systems and no installers',
  );
}

function partitionsOf(view: Buffer): readonly Partition[] {
  const entries = [446, 462, 478, 494].map((at) => view.subarray(at, at + 16));
  // Otherwise there is no table: a boot sector of a file system alone has code in this place.
  if (entries.some((entry) => entry.readUInt8(0) !== 0 && entry.readUInt8(0) !== 0x80)) return [];
  if (entries.some((entry) => entry.readUInt8(4) === protective)) return guidPartitions(view);
  return entries
    .filter((entry) => entry.readUInt8(4) !== 0)
    .map((entry) => ({
      end: (entry.readUInt32LE(8) + entry.readUInt32LE(12)) * sector,
      isEfi: entry.readUInt8(4) === efi.mbr,
    }));
}

/**
 * The partitions of a GUID table (UEFI specification, 5.3): its header is in the second sector; each entry has its type
 * first, and its last sector at byte 40.
 */
function guidPartitions(view: Buffer): readonly Partition[] {
  const header = view.subarray(sector, 2 * sector);
  if (header.subarray(0, 8).toString('latin1') !== 'EFI PART') return [];
  const [first, count, length] = [
    Number(header.readBigUInt64LE(72)) * sector,
    header.readUInt32LE(80),
    header.readUInt32LE(84),
  ];
  if (length < 128) return [];
  const found: Partition[] = [];
  for (let at = first; found.length < count && at + length <= view.length; at += length) {
    const entry = view.subarray(at, at + length);
    const type = entry.subarray(0, 16).toString('hex');
    const end = type === zeroGuid ? 0 : (Number(entry.readBigUInt64LE(40)) + 1) * sector;
    found.push({ end, isEfi: type === efi.gpt });
  }
  return found;
}
