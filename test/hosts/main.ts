/** The host bed: `npm run test:hosts`. See test/README.md. */
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setup as installPackages } from '../setup/packages.ts';
import { baseStoreDisk } from './base-store.ts';
import { doJob } from './bed.ts';
import { emulator } from './emulator.ts';
import { hosts } from './hosts.ts';
import { jobs } from './jobs.ts';
import { ownMirror } from './mirror.ts';
import { makePackage } from './package.ts';

const checkout = new URL('../..', import.meta.url).pathname;

/** Lines of each log that are printed when a job fails; the files are kept. */
const lastLines = 60;

/** @param cli the labnet under test, which makes the base image */
export async function main(cli: string): Promise<number> {
  const { values } = parseArgs({
    options: {
      host: { type: 'string', multiple: true },
      job: { type: 'string', multiple: true },
      // A package that is there already, instead of one made from the checkout.
      deb: { type: 'string' },
      // How often a job is tried: emulated, a PC's own kernel comes to its end now and then.
      tries: { type: 'string', default: '1' },
      list: { type: 'boolean', default: false },
    },
  });
  const wanted = hosts
    .filter(({ name }) => values.host === undefined || values.host.includes(name))
    .flatMap((host) => jobs.filter((job) => job.hosts.includes(host.name)).map((job) => ({ host, job })))
    .filter(({ job }) => values.job === undefined || values.job.includes(job.name));
  if (wanted.length === 0) throw new Error('there is no such job: --list names them all');
  if (values.list) {
    for (const { host, job } of wanted) say(`--host ${host.name} --job ${job.name}`);
    return 0;
  }
  await installPackages();
  const directory = mkdtempSync(join(tmpdir(), 'labnet-hosts-'));
  const made = join(directory, 'package');
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => interrupt.abort());
  const mirror = await ownMirror();
  const bed = {
    checkout,
    deb: values.deb ?? (await makePackage(checkout, made)),
    store: await baseStoreDisk('debian-11', cli),
    mirror,
    emulator: await emulator(mirror),
    directory,
    signal: interrupt.signal,
    say,
  };
  const failed: string[] = [];
  const unjudged: string[] = [];
  for (const { host, job } of wanted) {
    if (interrupt.signal.aborted) break;
    const name = `${host.name} ${job.name}`;
    let done = await doJob(host, job, bed);
    for (let tried = 1; !done.passed && tried < Number(values.tries); tried += 1) {
      say(`${name}: try ${tried} failed: ${done.reason} (${done.seconds} s)`);
      renameSync(done.evidence, `${done.evidence}-try-${tried}`);
      if (interrupt.signal.aborted) break;
      done = await doJob(host, job, bed);
    }
    const { passed, broken = false, reason, seconds, keep, evidence } = done;
    const word = broken ? 'NOT JUDGED' : 'FAILED';
    say(`${name}: ${passed ? 'passed' : `${word}: ${reason}`} (${seconds} s)`);
    if (!passed) {
      (broken ? unjudged : failed).push(name);
      for (const log of ['console.log', 'job.log', 'qemu.log', 'cpus.log']) tail(join(evidence, log));
    } else if (keep === undefined) rmSync(evidence, { recursive: true });
    else say(`${name}: kept: ${keep}: ${evidence}`);
  }
  rmSync(made, { recursive: true, force: true });
  if (readdirSync(directory).length === 0) rmSync(directory, { recursive: true });
  else say(`kept for whoever looks into it: ${directory}`);
  for (const name of [...failed, ...unjudged]) {
    const [host, job] = name.split(' ');
    say(`npm run test:hosts -- --host ${host} --job ${job}`);
  }
  if (unjudged.length > 0) say(`not judged, since the PC itself broke: ${unjudged.join(', ')}`);
  // What nobody has judged has not passed.
  const bad = failed.length + unjudged.length;
  say(`\n${wanted.length - bad} passed, ${bad} failed`);
  return bad === 0 ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function tail(file: string): void {
  try {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    say(`--- the end of ${file}\n${lines.slice(-lastLines).join('\n')}`);
  } catch {
    // Not each run has each.
  }
}
