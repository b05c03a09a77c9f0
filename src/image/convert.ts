import { dirname } from 'node:path';
import { uidOn } from '../ground-kind.ts';
import type { Host, RunOptions } from '../host/host.ts';
import { withView } from '../host/in-view.ts';
import { distrusting, imageUid } from '../host/unprivileged.ts';

/** Milliseconds that copying a whole disk may take. */
const copyTimeoutMs = 60 * 60_000;

/**
 * Converts a raw disk to a qcow2 file beside it, by a qemu-img that has no right but to read the one and fill the
 * other. The format is said, never probed: a raw disk that begins as an image of another format stays what it is.
 */
export async function rawToQcow2(
  raw: string,
  image: string,
  host: Host,
  options: Pick<RunOptions, 'signal'>,
): Promise<void> {
  const uid = uidOn(host.ground, imageUid);
  const owner = String(uid);
  await host.run(['chown', owner, raw]);
  await host.run(['install', '-m', '0600', '-o', owner, '-g', owner, '/dev/null', image]);
  const convert = ['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', raw, image];
  await withView({ own: dirname(raw) }, host, (run) =>
    run(uid, distrusting(convert), { timeout: copyTimeoutMs, ...options }),
  );
}
