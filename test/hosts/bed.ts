/** All that a job needs on this machine: the host's disk, labnet's package, the base image, what the job asks for besides. */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { kept, sourcesOf } from './cache.ts';
import { earlierLabnet } from './earlier-labnet.ts';
import type { Emulator } from './emulator.ts';
import { extraDisk } from './extra-disk.ts';
import type { StockHost } from './hosts.ts';
import { hostImage } from './image.ts';
import { type JobRun, runJob, type StartDisk, type Verdict } from './job-run.ts';
import { type Job, prepare } from './jobs.ts';
import type { Mirror } from './mirror.ts';
import { partialMirrorDisk } from './partial-mirror.ts';

export interface Bed {
  readonly checkout: string;
  /** labnet's package. */
  readonly deb: string;
  /** The disk with the base image. */
  readonly store: string;
  readonly mirror: Mirror;
  /** The QEMU that the PCs run on. */
  readonly emulator: Emulator;
  /** Where each job gets a directory of its own. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface Done extends Verdict {
  /** The directory with what the job has left. */
  readonly evidence: string;
}

export async function doJob(host: StockHost, job: Job, bed: Bed): Promise<Done> {
  const image = await hostImage(host, bed.mirror);
  if (image.madeInS !== undefined) bed.say(`${host.name}: its disk was made in ${image.madeInS} s`);
  const stock = { path: image.disk, format: 'raw' } as const;
  const start = job.stock === true ? stock : await preparedDisk(host, stock, bed, run).catch(whyNotPrepared);
  if ('passed' in start) return start;
  const more = [
    job.extra && (await extraDisk(host, job.extra, image.status, bed.mirror)),
    job.builds && (await partialMirrorDisk(bed.checkout, job.builds, bed.mirror)),
    job.earlier && (await earlierLabnet(bed.checkout, job.earlier)),
  ].filter((disk) => disk !== undefined);
  return run(job, start, more);

  async function run(one: Job, disk: StartDisk, disks: readonly string[]): Promise<Done> {
    const name = `${host.name} ${one.name}`;
    const evidence = join(bed.directory, name.replace(' ', '-'));
    const job: JobRun = {
      job: one,
      emulator: bed.emulator,
      image,
      disk,
      files: { sources: join(bed.checkout, 'test', 'hosts'), job: one.name, deb: bed.deb },
      disks: [bed.store, ...disks],
      directory: evidence,
      onStep: (line) => bed.say(`${name}: ${line}`),
      signal: bed.signal,
    };
    return { ...(await runJob(job)), evidence };
  }
}

/** labnet was not installed, and a job cannot begin. */
class NotPrepared extends Error {
  readonly done: Done;

  constructor(done: Done) {
    super(done.reason);
    this.done = done;
  }
}

/** The job fails with what its beginning failed with, and others go on. */
function whyNotPrepared(error: unknown): Done {
  if (error instanceof NotPrepared) return error.done;
  throw error;
}

type Run = (job: Job, disk: StartDisk, disks: readonly string[]) => Promise<Done>;

/** The stock host with labnet installed: by the job that does so, once for each package. */
async function preparedDisk(
  host: StockHost,
  stock: StartDisk,
  { deb, store }: Bed,
  run: Run,
): Promise<StartDisk> {
  const made = {
    stock: basename(dirname(stock.path)),
    store: basename(dirname(store)),
    deb: createHash('sha256').update(readFileSync(deb)).digest('hex'),
    by: sourcesOf(`jobs/${prepare.name}.py`, 'guest/labnet.py', 'guest/uplink.py', 'guest/internet.py'),
  };
  const { path } = await kept(`host-prepared-${host.name}`, made, async (directory) => {
    const done = await run(prepare, stock, []);
    if (!done.passed) throw new NotPrepared(done);
    renameSync(join(done.evidence, 'overlay.qcow2'), join(directory, 'disk.qcow2'));
    rmSync(done.evidence, { recursive: true });
  });
  return { path: join(path, 'disk.qcow2'), format: 'qcow2' };
}
