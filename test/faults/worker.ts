/** Runs in namespaces of its own; takes one case a line, and answers with one line each. */
import { createInterface } from 'node:readline';
import { messageOf } from '../../src/errors.ts';
import { type Lab, parseKey } from './cases.ts';
import { longTrial } from './long.ts';
import { runsIn } from './runs.ts';
import { type Links, trials } from './trial.ts';
import { makeWorld } from './world.ts';

interface Order {
  readonly directory: string;
  readonly cli: string;
  /** The folder of the tests. */
  readonly tests: string;
}

const { directory, cli, tests } = JSON.parse(process.argv[2] ?? '') as Order;
const world = await makeWorld(directory, { cli, standIn: `${tests}/stand-in` });
const runs = await runsIn(world, {
  cli,
  preload: `${tests}/faults/preload.cjs`,
  pty: `${tests}/faults/terminal.py`,
});
const all = trials(world, runs);
answer({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const { record, key, ...links } = JSON.parse(line) as { record?: Lab; key?: string } & Links;
  try {
    if (record !== undefined) answer({ recorded: await all.record(record) });
    if (key !== undefined) answer({ key, ...(await tried(key, links)) });
  } catch (error) {
    answer({ key, failure: messageOf(error) });
  }
}
await runs.close();

async function tried(key: string, links: Links): Promise<object> {
  return longTrial(key, world, runs) ?? all.run(parseKey(key), links);
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
