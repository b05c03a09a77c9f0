/** Runs in namespaces of its own; takes one case a line, and answers with one line each. */
import { createInterface } from 'node:readline';
import { messageOf } from '../../src/errors.ts';
import { type Lab, parseKey } from './cases.ts';
import { trials } from './trial.ts';
import { makeWorld } from './world.ts';

interface Order {
  readonly directory: string;
  readonly cli: string;
  /** The folder of the tests. */
  readonly tests: string;
}

const { directory, cli, tests } = JSON.parse(process.argv[2] ?? '') as Order;
const world = await makeWorld(directory, { cli, standIn: `${tests}/stand-in` });
const all = await trials(world, {
  cli,
  preload: `${tests}/faults/preload.js`,
  pty: `${tests}/faults/terminal.py`,
});
answer({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const { record, key } = JSON.parse(line) as { record?: Lab; key?: string };
  try {
    if (record !== undefined) answer({ recorded: await all.record(record) });
    if (key !== undefined) answer({ key, ...(await all.run(parseKey(key))) });
  } catch (error) {
    answer({ key, failure: messageOf(error) });
  }
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
