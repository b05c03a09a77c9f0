/** Headers of qcow2 files for tests, field by field as QEMU's docs/interop/qcow2 lists them. */
export interface HeaderFields {
  readonly magic?: number;
  readonly version?: number;
  readonly backingOffset?: bigint;
  readonly backingLength?: number;
  readonly clusterBits?: number;
  readonly size?: bigint;
  readonly crypt?: number;
  readonly l1Entries?: number;
  readonly l1Offset?: bigint;
  readonly refcountOffset?: bigint;
  readonly refcountClusters?: number;
  readonly snapshots?: number;
  readonly refcountOrder?: number;
  readonly incompatible?: bigint;
  readonly headerLength?: number;
  readonly extensions?: readonly {
    readonly type: number;
    readonly data: Uint8Array;
    readonly length?: number;
  }[];
  readonly total?: number;
}

export function qcow2Header(fields: HeaderFields = {}): Uint8Array {
  const bytes = new Uint8Array(fields.total ?? 4096);
  const view = new DataView(bytes.buffer);
  const version = fields.version ?? 3;
  view.setUint32(0, fields.magic ?? 0x514649fb);
  view.setUint32(4, version);
  view.setBigUint64(8, fields.backingOffset ?? 0n);
  view.setUint32(16, fields.backingLength ?? 0);
  view.setUint32(20, fields.clusterBits ?? 16);
  view.setBigUint64(24, fields.size ?? 1_073_741_824n);
  view.setUint32(32, fields.crypt ?? 0);
  view.setUint32(36, fields.l1Entries ?? 0);
  view.setBigUint64(40, fields.l1Offset ?? 0n);
  view.setBigUint64(48, fields.refcountOffset ?? 0n);
  view.setUint32(56, fields.refcountClusters ?? 0);
  view.setUint32(60, fields.snapshots ?? 0);
  let at = 72;
  if (version === 3) {
    view.setBigUint64(72, fields.incompatible ?? 0n);
    view.setUint32(96, fields.refcountOrder ?? 4);
    view.setUint32(100, fields.headerLength ?? 104);
    at = fields.headerLength ?? 104;
  }
  for (const { type, data, length = data.byteLength } of fields.extensions ?? []) {
    view.setUint32(at, type);
    view.setUint32(at + 4, length);
    bytes.set(data, at + 8);
    at += 8 + Math.ceil(data.byteLength / 8) * 8;
  }
  return bytes;
}

/** A boot sector that a BIOS starts: `cli; hlt`, and the mark at its end; `fields` puts bytes into it. */
export function bootSector(...fields: readonly (readonly [offset: number, bytes: Uint8Array])[]): Uint8Array {
  const bytes = new Uint8Array(512);
  bytes.set([0xfa, 0xf4]);
  bytes.set([0x55, 0xaa], 510);
  for (const [offset, field] of fields) bytes.set(field, offset);
  return bytes;
}

export const cluster = 8_192;

/**
 * A whole image of a disk of a gibibyte that a BIOS boots; `content` makes one differ from another. Header, refcount table
 * and block, L1 and L2 table, and the disk's first cluster.
 */
export function qcow2File(content = '', sector = bootSector()): Uint8Array {
  const bytes = new Uint8Array(6 * cluster);
  bytes.set(
    qcow2Header({
      clusterBits: 13,
      l1Entries: 128,
      l1Offset: BigInt(3 * cluster),
      refcountOffset: BigInt(cluster),
      refcountClusters: 1,
    }),
  );
  const view = new DataView(bytes.buffer);
  const copied = 2n ** 63n;
  view.setBigUint64(cluster, BigInt(2 * cluster));
  for (let index = 0; index < 6; index += 1) view.setUint16(2 * cluster + 2 * index, 1);
  view.setBigUint64(3 * cluster, BigInt(4 * cluster) | copied);
  view.setBigUint64(4 * cluster, BigInt(5 * cluster) | copied);
  bytes.set(sector, 5 * cluster);
  bytes.set(new TextEncoder().encode(content), 5 * cluster + cluster / 2);
  return bytes;
}
