/**
 * Reads the header of a qcow2 image (QEMU's docs/interop/qcow2) without any qemu tool: those open the files that a
 * header names, with our rights. An image that names another file, or that we do not understand, is refused.
 */
import { refusedImage, thenImport } from './refused.ts';

/** How much of a file the check wants to see: header and extensions lie within the first cluster, 64 KiB as a rule. */
export const headerLength = 65_536;

/** What the header of a qcow2 image tells. */
export interface Qcow2Header {
  /** Bytes the guest sees. */
  readonly virtualSize: number;
  readonly version: 2 | 3;
}

const magic = 0x51_46_49_fb;
const lengthOfVersion2 = 72;
const lengthOfVersion3 = 104;

/** Incompatible features of version 3, by bit. */
const feature = { dirty: 1n, corrupt: 2n, dataFile: 4n, compressionType: 8n, extendedL2: 16n } as const;
const harmless = feature.compressionType | feature.extendedL2;

/** The table of feature names is for people; all other extensions lead to what is not checked here. */
const extension = { end: 0, featureNames: 0x68_03_f8_57 } as const;
const encryption = 0x05_37_be_77;
const leading: ReadonlyMap<number, string> = new Map([
  [0x44_41_54_41, 'it names a data file'],
  [0xe2_79_2a_ca, 'it names the format of a backing file'],
  [0x23_85_28_75, 'it holds bitmaps'],
  [encryption, 'it is encrypted'],
]);

/** QEMU's own limits (block/qcow2.h): entries of the L1 table, bytes of the refcount table. */
const most = { l1Entries: 2 ** 22, refcountTable: 2 ** 23, refcountOrder: 6, disk: 16 * 1024 ** 4 } as const;

/**
 * Checks the start of an image file.
 * @throws LabnetError host-cannot, with what is wrong.
 */
export function checkQcow2Header(bytes: Uint8Array): Qcow2Header {
  if (bytes.byteLength < lengthOfVersion2) throw refused('it is too short', damaged);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== magic) throw refused('it does not begin as one');
  const version = view.getUint32(4);
  if (version === 1)
    throw refused('it is of version 1 (qcow)', `qemu-img convert -f qcow -O qcow2 FILE NEW${thenImport}`);
  if (version !== 2 && version !== 3) throw refused(`its version is ${version}, and only 2 and 3 are known`);
  if (view.getBigUint64(8) !== 0n || view.getUint32(16) !== 0)
    throw refused('it has a backing file', namesAnother);
  const clusterBits = view.getUint32(20);
  if (clusterBits < 9 || clusterBits > 21)
    throw refused(`its clusters are of 2^${clusterBits} bytes, not 2^9 to 2^21`);
  const virtualSize = Number(view.getBigUint64(24));
  if (virtualSize === 0) throw refused('its disk has no byte');
  if (virtualSize > most.disk)
    throw refusedImage(
      `as qcow2: its disk is of ${virtualSize} bytes, and labnet takes ${most.disk} at most (16 TiB)`,
    );
  if (view.getUint32(32) !== 0) throw refused('it is encrypted', decrypted);
  checkTables(view, clusterBits);
  if (version === 3) checkVersion3(view);
  checkExtensions(view, version === 3 ? view.getUint32(100) : lengthOfVersion2, 2 ** clusterBits);
  return { virtualSize, version };
}

/** Checks how much of the tables a reader would take into memory, and where it would look for them. */
function checkTables(view: DataView, clusterBits: number): void {
  const l1Entries = view.getUint32(36);
  if (l1Entries > most.l1Entries) throw refused(`its L1 table has ${l1Entries} entries`);
  const refcountTable = view.getUint32(56) * 2 ** clusterBits;
  if (refcountTable > most.refcountTable) throw refused(`its refcount table is of ${refcountTable} bytes`);
  if (view.getUint32(60) !== 0) throw refused('it holds snapshots', namesAnother);
  for (const at of [40, 48]) {
    const offset = view.getBigUint64(at);
    if (offset % BigInt(2 ** clusterBits) !== 0n || offset >= 2n ** 56n)
      throw refused(`a table of it would begin at byte ${offset}`);
  }
}

function checkVersion3(view: DataView): void {
  if (view.byteLength < lengthOfVersion3) throw refused('it is too short', damaged);
  const features = view.getBigUint64(72);
  if ((features & feature.dataFile) !== 0n) throw refused('its data is in another file', namesAnother);
  if ((features & feature.corrupt) !== 0n) throw refused('it is marked as corrupt', mended);
  if ((features & feature.dirty) !== 0n) throw refused('it was not closed properly', mended);
  const unknown = features & ~(feature.dataFile | feature.corrupt | feature.dirty | harmless);
  if (unknown !== 0n) throw refused(`it uses features that labnet does not know (0x${unknown.toString(16)})`);
  if (view.getUint32(96) > most.refcountOrder)
    throw refused(`its refcounts are of 2^${view.getUint32(96)} bits`);
  const length = view.getUint32(100);
  if (length < lengthOfVersion3 || length % 8 !== 0)
    throw refused(`its header says it is ${length} bytes long`);
}

/**
 * Checks the extensions of the header. Each has a type, a length, and data padded to 8 bytes; type 0 ends the list, and
 * so does the first cluster.
 */
function checkExtensions(view: DataView, start: number, clusterSize: number): void {
  const end = Math.min(clusterSize, view.byteLength);
  if (start > end) throw refused('its header does not fit into the first cluster');
  let at = start;
  while (at + 8 <= end) {
    const type = view.getUint32(at);
    if (type === extension.end) return;
    const leads = leading.get(type);
    if (leads !== undefined) throw refused(leads, type === encryption ? decrypted : namesAnother);
    if (type !== extension.featureNames)
      throw refused(
        `its header has an extension that labnet does not know (0x${type.toString(16)})`,
        namesAnother,
      );
    at += 8 + Math.ceil(view.getUint32(at + 4) / 8) * 8;
  }
  if (at > clusterSize) throw refused('its header does not fit into the first cluster');
}

const namesAnother = `if you trust whoever made it, make one that stands alone:
qemu-img convert -f qcow2 -O qcow2 FILE NEW${thenImport}`;

const decrypted = `with its password in a file, make one that is not:
qemu-img convert --object secret,id=key,file=PASSWORD_FILE --image-opts driver=qcow2,encrypt.key-secret=key,OPTION -O qcow2 NEW${thenImport}`;

const damaged = 'qemu-img check -f qcow2 FILE tells whether it is damaged, or of a newer QEMU';
const mended = 'a copy of it may be mended: qemu-img check -f qcow2 -r all FILE';

const refused = (reason: string, hint = damaged) => refusedImage(`as qcow2: ${reason}`, hint);
