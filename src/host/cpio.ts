/**
 * Archives in the form that a Linux kernel unpacks at its start ("newc": cpio(5); kernel, driver-api/early-userspace).
 */

/** A file of an archive, or a directory, which has no `content`. */
export interface CpioEntry {
  /** Relative, without a leading slash; a directory comes before what lies in it. */
  readonly path: string;
  readonly mode: number;
  readonly content?: Uint8Array;
}

const directoryType = 0o040000;
const fileType = 0o100000;

/** The archive: everything is root's, and the same entries give the same bytes. */
export function cpioArchive(entries: readonly CpioEntry[]): Uint8Array {
  const parts = [...entries, { path: 'TRAILER!!!', mode: 0, content: new Uint8Array() }].flatMap(
    ({ path, mode, content }, index) => {
      const type = content === undefined ? directoryType : fileType;
      const name = Buffer.from(`${path}\0`);
      const size = content?.length ?? 0;
      const fields = [index + 1, type | mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name.length, 0];
      const header = Buffer.from(`070701${fields.map(hexadecimal).join('')}`);
      return [padded(Buffer.concat([header, name])), padded(content ?? new Uint8Array())];
    },
  );
  return Buffer.concat(parts);
}

const hexadecimal = (value: number) => value.toString(16).padStart(8, '0');

function padded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
