/** destroy --all goes on with the other labs, and tells of each; a console that fills up is cut, and followed to its end. */
import { once } from 'node:events';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consoleSize } from '../../src/host/console-log.ts';
import { outputSchemas } from '../../src/report/output-schemas.ts';
import { farSide } from './host-network.ts';
import { type StandInPlace, standInPlace } from './place.ts';

let place: StandInPlace;
const names = ['a', 'b', 'c'];

beforeAll(async () => {
  place = await standInPlace();
  for (const [index, name] of names.entries()) {
    const file = `name: ${name}
networks: [{name: br7${index}, address: 10.7${index}.0.1/24, taps: t${name}, dns: [${farSide.server}]}]
verify: {internet: "${farSide.name}:80"}
vms: {of-${name}: {cpus: 1}}
`;
    writeFileSync(join(place.directory, `${name}.yaml`), file);
  }
});

afterAll(() => place.close());

/** A command among the processes of the place. */
function inCage(argv: readonly string[], input = '') {
  const [program = '', ...args] = [...place.enter, ...argv];
  return execa(program, args, { input });
}

async function pidsOf(pattern: RegExp): Promise<readonly number[]> {
  const { stdout } = await inCage(['ps', '-eo', 'pid=,args=']);
  const lines = stdout.split('\n').filter((line) => pattern.test(line));
  return lines.map((line) => Number.parseInt(line, 10));
}

/** Has the lock of a lab until it is told otherwise. */
async function hold(lab: string): Promise<() => Promise<void>> {
  const [program = '', ...args] = place.enter;
  const holder = execa(program, [...args, 'flock', '--no-fork', `${place.state}/labs/${lab}`, 'cat']);
  holder.stdin.write('\n');
  // Only cat gives it back.
  await once(holder.stdout, 'data');
  return async () => {
    holder.stdin.end();
    await holder;
  };
}

async function up(name: string): Promise<void> {
  const { status, value } = await place.json('provision', `${name}.yaml`);
  expect([status, value]).toEqual([0, expect.anything()]);
}

test('a name and --all: no lab is removed', async () => {
  await up('a');
  const { status, value } = await place.json('destroy', 'a', '--all', '--yes');
  expect([status, value]).toMatchObject([2, { ok: false, error: { code: 'usage' } }]);
  expect((await place.json('status', 'a')).status).toBe(0);
});

test('what a guest says without end is cut, and shown and followed within bounds', async () => {
  const log = `${place.state}/labs/a/of-a/console.log`;
  const [qemu] = await pidsOf(/machine\.py .*labnet-a-of-a/);
  expect(await pidsOf(/labnet: console of /)).toHaveLength(1);
  const followed = place.labnet('logs', 'of-a', '--tail', '0', '--follow');
  await expect.poll(() => pidsOf(/--follow/), { timeout: 60_000 }).not.toEqual([]);
  // Root may write where the guest's QEMU does.
  const say = (text: string) => inCage(['sh', '-c', `cat > /proc/${qemu}/fd/0`], text);
  for (let round = 0; round < 40; round += 1) await say('yes\n'.repeat(16_384));
  await say('the last line\r\n');
  await expect.poll(() => readFileSync(log, 'utf8'), { timeout: 60_000 }).toMatch(/the last line\r\n$/);
  expect(statSync(log).size).toBeLessThanOrEqual(consoleSize.most);
  // The beginning is there: labnet finds a guest ready that has been so for long.
  expect(readFileSync(log, 'utf8')).toContain('labnet-ready');
  await up('a');
  const shown = await place.labnet('logs', 'of-a', '--tail', '2');
  expect(shown.stdout).toBe('yes\nthe last line');
  await inCage(['kill', '-KILL', String(qemu)]);
  const { status, stdout, stderr } = await followed;
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/the last line$/);
  await expect.poll(() => pidsOf(/labnet: console of /), { timeout: 30_000 }).toEqual([]);
});

test('--all with one lab that is in use and one that cannot be read: the third goes, all three are told', async () => {
  for (const name of names.slice(1)) await up(name);
  appendFileSync(`${place.state}/labs/b/journal.jsonl`, 'no journal\n{}\n');
  const release = await hold('a');
  const { status, value } = await place.json('destroy', '--all', '--yes');
  await release();
  expect(status).toBe(1);
  const { labs } = outputSchemas.destroy.parse(value);
  expect(labs.map(({ lab, error }) => [lab, error?.code])).toEqual([
    ['a', 'locked'],
    ['b', 'failed'],
    ['c', undefined],
  ]);
  expect(labs[2]?.removed.length).toBeGreaterThan(5);
  expect(labs[0]?.removed).toEqual([]);
});

test('as text, too: with what was not removed and why; the exit status is that of the only trouble', async () => {
  const journal = `${place.state}/labs/b/journal.jsonl`;
  writeFileSync(journal, readFileSync(journal, 'utf8').replace('no journal\n{}\n', ''));
  await up('c');
  const release = await hold('a');
  const { status, stdout } = await place.labnet('destroy', '--all', '--yes');
  await release();
  expect(status).toBe(75);
  expect(stdout).toMatch(/^a: not removed: .*\n(?: .*\n)*b: \d+ removed.*\nc: \d+ removed/);
  expect((await place.json('destroy', '--all', '--yes')).status).toBe(0);
});
