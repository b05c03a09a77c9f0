/** The host bed: `npm run test:hosts`. See test/README.md. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setup as installPackages } from '../setup/packages.ts';
import { baseStoreDisk } from './base-store.ts';
import { earlierLabnet } from './earlier-labnet.ts';
import { extraDisk } from './extra-disk.ts';
import { hosts } from './hosts.ts';
import { hostImage } from './image.ts';
import { runJob } from './job-run.ts';
import { jobs } from './jobs.ts';
import { ownMirror } from './mirror.ts';
import { makePackage } from './package.ts';
import { partialMirrorDisk } from './partial-mirror.ts';

const sources = new URL('.', import.meta.url).pathname;
const checkout = new URL('../..', import.meta.url).pathname;

/** Lines of the console and of the job's log that are printed when it fails; the files are kept. */
const lastLines = 60;

/** @param cli the labnet under test, which makes the base image */
export async function main(cli: string): Promise<number> {
  const { values } = parseArgs({
    options: {
      host: { type: 'string', multiple: true },
      job: { type: 'string', multiple: true },
      // A package that is there already, instead of one made from the checkout.
      deb: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  });
  const wanted = hosts
    .filter(({ name }) => values.host === undefined || values.host.includes(name))
    .flatMap((host) => jobs.filter((job) => job.hosts.includes(host.name)).map((job) => ({ host, job })))
    .filter(({ job }) => values.job === undefined || values.job.includes(job.name));
  if (wanted.length === 0) throw new Error('there is no such job: --list names them all');
  if (values.list) {
    for (const { host, job } of wanted) process.stdout.write(`--host ${host.name} --job ${job.name}\n`);
    return 0;
  }
  await installPackages();
  const directory = mkdtempSync(join(tmpdir(), 'labnet-hosts-'));
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => interrupt.abort());
  const deb = values.deb ?? (await makePackage(checkout, join(directory, 'package')));
  const mirror = await ownMirror();
  const store = await baseStoreDisk('debian-11', cli);
  const failed: string[] = [];
  for (const { host, job } of wanted) {
    const name = `${host.name} ${job.name}`;
    const image = await hostImage(host, mirror);
    if (image.madeInS !== undefined) say(`${host.name}: its disk was made in ${image.madeInS} s`);
    const more = [
      job.extra && (await extraDisk(host, job.extra, image.status, mirror)),
      job.builds && (await partialMirrorDisk(checkout, job.builds, mirror)),
      job.earlier && (await earlierLabnet(checkout, job.earlier)),
    ].filter((disk) => disk !== undefined);
    const evidence = join(directory, name.replace(' ', '-'));
    const { passed, reason, seconds, keep } = await runJob({
      job,
      image,
      files: { sources: sources, job: job.name, deb },
      disks: [store, ...more],
      directory: evidence,
      onStep: (line) => say(`${name}: ${line}`),
      signal: interrupt.signal,
    });
    say(`${name}: ${passed ? 'passed' : `FAILED: ${reason}`} (${seconds} s)`);
    if (passed && keep === undefined) rmSync(evidence, { recursive: true });
    else if (passed) say(`${name}: kept: ${keep}: ${evidence}`);
    else {
      failed.push(name);
      for (const log of ['console.log', 'job.log', 'qemu.log']) tail(join(evidence, log));
    }
    if (interrupt.signal.aborted) break;
  }
  rmSync(join(directory, 'package'), { recursive: true, force: true });
  if (readdirSync(directory).length === 0) rmSync(directory, { recursive: true });
  else say(`kept for whoever looks into it: ${directory}`);
  say(`\n${wanted.length - failed.length} passed, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function tail(file: string): void {
  try {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    say(`--- the end of ${file}\n${lines.slice(-lastLines).join('\n')}`);
  } catch {
    say(`--- there is no ${file}`);
  }
}
