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

/** A whole file that passes as an image; `content` makes one differ from another. */
export function qcow2File(content = ''): Uint8Array {
  const bytes = new Uint8Array(65_536);
  bytes.set(qcow2Header());
  bytes.set(new TextEncoder().encode(content), 32_768);
  return bytes;
}
