/** The fault matrix: `npm run test:faults`. See test/README.md. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { allCases, chains, keyOf, type Lab, labs, parseKey, type Recorded } from './cases.ts';
import { allPairs, isLong, randomKills } from './long.ts';
import { spread } from './spread.ts';
import { closeAll, type Parts, startWorker, type Worker, workThrough } from './workers.ts';

/** Cases of a plain run: about five minutes on two cores. */
const plainCount = 500;

/** Kills at random moments in a long run. */
const randomCount = 2_000;

export async function main(parts: Parts): Promise<number> {
  const { values } = parseArgs({
    options: {
      case: { type: 'string', multiple: true },
      count: { type: 'string', default: String(plainCount) },
      all: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      // A long run in pieces, one after the other or on several PCs: --part 1/4.
      part: { type: 'string', default: '1/1' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      list: { type: 'boolean', default: false },
      // Each waits now and then, for the kernel or for what hangs: eight keep two cores busy.
      workers: { type: 'string', default: '8' },
    },
  });
  const started = performance.now();
  const idle: Worker[] = [];
  const choice = async () => partOf(values.case ?? (await choose(parts, values, idle)), values.part);
  const keys = await choice().catch(async (error: unknown) => {
    await closeAll(idle);
    throw error;
  });
  if (values.long) process.stdout.write(`seed ${values.seed}\n`);
  if (values.list) {
    process.stdout.write(`${keys.join('\n')}\n`);
    await closeAll(idle);
    return 0;
  }
  let [done, asked, struck] = [0, 0, 0];
  const failed: string[] = [];
  const count = Number(values.workers);
  await workThrough(chained(keys), { parts, count, idle }, (chain, answer) => {
    const key = chain.map(quote).join(' --case ');
    done += 1;
    if (answer.askedForDestroy === true) asked += 1;
    struck += answer.struck ?? 0;
    if (answer.failure !== undefined) {
      failed.push(key);
      process.stdout.write(`NOT RECOVERED: ${key}\n${answer.failure}\n\n`);
    }
    if (done % 50 === 0) process.stderr.write(`${done} of ${keys.length}\n`);
  });
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`${seconds.toFixed(0)} s, ${processorSeconds().toFixed(0)} s of processor time\n`);
  process.stdout.write(`${asked} times the next provision asked for a destroy first\n`);
  const twice = keys.filter(isLong).length;
  if (twice > 0)
    process.stdout.write(`${struck} of ${2 * twice} faults in pairs came before labnet had ended\n`);
  for (const key of failed) process.stdout.write(`npm run test:faults -- --case ${key}\n`);
  const verdict = failed.length === 0 ? 'all recovered' : `${failed.length} not recovered`;
  process.stdout.write(`${keys.length} cases, ${verdict}\n`);
  return failed.length === 0 && keys.length > 0 ? 0 : 1;
}

interface Wanted {
  readonly count: string;
  readonly all: boolean;
  readonly long: boolean;
  readonly seed: string;
}

/** @param idle the workers that have recorded the runs; they can go on */
async function choose(
  parts: Parts,
  { count, all, long, seed }: Wanted,
  idle: Worker[],
): Promise<readonly string[]> {
  const recorded = Object.fromEntries(
    await Promise.all(labs.map(async (lab) => [lab, await record(lab, parts, idle)] as const)),
  ) as Record<Lab, Recorded>;
  const cases = allCases(recorded);
  const pairs = (['own', 'sandbox'] as const).flatMap((lab) => allPairs(lab, recorded[lab]));
  const single = (all ? cases : spread(cases, Number(count))).map(keyOf);
  return long ? [...single, ...pairs, ...randomKills(seed, randomCount)] : single;
}

async function record(lab: Lab, parts: Parts, idle: Worker[]): Promise<Recorded> {
  const worker = await startWorker(parts);
  idle.push(worker);
  const { recorded, failure } = await worker.ask({ record: lab });
  if (recorded === undefined) throw new Error(failure);
  return recorded;
}

/** Every n-th of them, from the k-th on. @throws Error when `part` is not k/n */
function partOf(keys: readonly string[], part: string): readonly string[] {
  const [, k = 0, n = 0] = (/^(\d+)\/(\d+)$/.exec(part) ?? []).map(Number);
  if (k < 1 || k > n) throw new Error(`--part ${part}: it is like 1/4`);
  return keys.filter((_, index) => index % n === k - 1);
}

/** A pair or a random kill stands for itself. */
function chained(keys: readonly string[]): readonly (readonly string[])[] {
  const single = keys.filter((key) => !isLong(key)).map(parseKey);
  const long = keys.filter(isLong).map((key) => [key]);
  return [...chains(single).map((chain) => chain.map(keyOf)), ...long];
}

/** Of all processes that have ended and were waited for, and of this one (proc(5), fields 14 to 17). */
function processorSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
