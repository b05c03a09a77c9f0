/** Looks at a whole image before it is stored: whether all of it is there, and whether a BIOS can start it. */

import { dirname } from 'node:path';
import { uidOn } from '../ground-kind.ts';
import { CommandFailed } from '../host/command-failed.ts';
import type { Host, Output, RunOptions } from '../host/host.ts';
import { withView } from '../host/in-view.ts';
import { readFileStart } from '../host/plain-file.ts';
import { distrusting, imageUid } from '../host/unprivileged.ts';
import * as z from '../zod.ts';
import { checkBootable } from './boot-code.ts';
import { discFormat } from './foreign-format.ts';
import { getAgain, refusedImage } from './refused.ts';

/** Milliseconds that reading the tables of an image, or a mebibyte of its disk, may take. */
const timeoutMs = 10 * 60_000;

/** Milliseconds that reading a whole compressed image may take. */
const wholeTimeoutMs = 60 * 60_000;

/**
 * The exit statuses of `qemu-img check`: all is well; it cannot tell; there are errors; room is taken and not used,
 * which does no harm.
 */
const statuses = { good: 0, untold: 1, broken: 2, leaky: 3 } as const;

const report = z.looseObject({
  corruptions: z.number().default(0),
  'check-errors': z.number().default(0),
  leaks: z.number().default(0),
  'allocated-clusters': z.number().default(0),
  'compressed-clusters': z.number().default(0),
});

type Report = z.output<typeof report>;

/**
 * The most clusters without an owner that a host's crash may leave; where there are more, the tables that owned them
 * are empty.
 */
const mostLeaks = { clusters: 256, share: 0.02 };

/** Bytes at the start of the disk that hold its boot sector and partition table. */
const startLength = 1024 ** 2;

/**
 * Checks a qcow2 file whose header has passed: it leads to no other file. What looks into it has no right but to read
 * it; it must lie in a directory of root's, and belongs to `imageUid` afterwards.
 *
 * @param virtualSize bytes that the guest sees
 * @throws LabnetError host-cannot, with what is wrong
 */
export async function checkDisk(
  file: string,
  virtualSize: number,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<void> {
  const uid = uidOn(host.ground, imageUid);
  await host.run(['chown', String(uid), '--', file]);
  await withView({ own: dirname(file) }, host, async (runAs) => {
    const run: Reading = (argv, options) => runAs(uid, distrusting(argv), { ...options, signal });
    await checkWhole(file, run);
    await checkStart(file, virtualSize, { owner: String(uid), run }, host);
  });
}

/** Runs a qemu-img that has no right but to read the image. */
type Reading = (argv: readonly string[], options: Pick<RunOptions, 'accept' | 'timeout'>) => Promise<Output>;

async function checkStart(
  file: string,
  virtualSize: number,
  { owner, run }: { readonly owner: string; readonly run: Reading },
  host: Host,
): Promise<void> {
  const start = `${file}.start`;
  try {
    await host.run(['install', '-m', '0600', '-o', owner, '-g', owner, '/dev/null', start]);
    const copied = ['-f', 'qcow2', '-O', 'raw', `bs=${startLength}`, 'count=1', `if=${file}`, `of=${start}`];
    await run(['qemu-img', 'dd', ...copied], { timeout: timeoutMs });
    const bytes = await readFileStart(start, startLength);
    const disc = discFormat(bytes);
    if (disc !== undefined) throw refusedImage(`its disk is ${disc.name}`, disc.cure);
    checkBootable(bytes, virtualSize);
  } finally {
    await host.remove(start);
  }
}

async function checkWhole(file: string, run: Reading): Promise<void> {
  const check = ['qemu-img', 'check', '-f', 'qcow2', '--output=json', file];
  try {
    const { status, stdout, stderr } = await run(check, {
      accept: Object.values(statuses),
      timeout: timeoutMs,
    });
    const found = stdout.trim() === '' ? undefined : report.parse(JSON.parse(stdout));
    const isWhole = status === statuses.good || status === statuses.leaky;
    if (!isWhole || found === undefined) throw damaged(stderr, found && errorsIn(found));
    refuseHoles(found);
    if (found['compressed-clusters'] > 0) await readWhole(file, run);
  } catch (error) {
    // There are more errors than anybody would read.
    if (error instanceof CommandFailed && error.end.how === 'flood') throw damaged(error.stderr, undefined);
    throw error;
  }
}

/** Reads all of an image once: what is compressed is damaged where it cannot be read, which the tables do not tell. */
async function readWhole(file: string, run: Reading): Promise<void> {
  const compare = ['qemu-img', 'compare', '-q', '-f', 'qcow2', '-F', 'qcow2', file, file];
  const { status, stderr } = await run(compare, {
    // 2 to 4: what could not be opened, or read (qemu-img(1)).
    accept: [0, 1, 2, 3, 4],
    timeout: wholeTimeoutMs,
  });
  if (status > 1) throw damaged(stderr, undefined);
}

/**
 * Refuses an image that is not there whole: a download that fills a file of full length, such as a torrent, leaves
 * tables of nothing but zeros until it is through.
 */
function refuseHoles({ leaks, 'allocated-clusters': used }: Report): void {
  if (leaks <= mostLeaks.clusters || leaks <= used * mostLeaks.share) return;
  throw refusedImage(
    `${leaks} of its clusters belong to no table any more, as in a file that is not there whole`,
    `${getAgain}; or, if you know that it is whole: qemu-img check -r leaks FILE`,
  );
}

const errorsIn = (found: Report) => found.corruptions + found['check-errors'];

function damaged(stderr: string, errors: number | undefined) {
  const [first = 'it cannot be read'] = stderr.split('\n').filter((line) => line.trim() !== '');
  const many = errors === undefined ? '' : ` (errors: ${errors})`;
  return stderr.includes('exceeding the end of the file')
    ? refusedImage(`it was cut off: its tables lead to parts behind its end${many}`, getAgain)
    : refusedImage(`qemu-img check says${many}: ${first}`, getAgain);
}
