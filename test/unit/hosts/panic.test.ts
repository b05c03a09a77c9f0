/** What a PC of the host bed says on its console when the PC itself, and not labnet, has broken. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { panicIn, standstillIn } from '../../hosts/panic.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-console-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

function console(text: string): string {
  const file = join(directory, 'console.log');
  writeFileSync(file, text);
  return file;
}

const stall = '[ 2467.2] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\r\n';
const expedited =
  '[ 2507.7] rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 0-...D } 161490 jiffies\r\n';
const own = '[ 2507.7] rcu: INFO: rcu_sched self-detected stall on CPU\r\n';

test.each([
  ['nothing', 'Linux version 6.12\n', undefined],
  ['a moment', `${stall}${expedited}`, undefined],
  ['minutes', `${stall}${expedited}${stall}`, 'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:'],
  ['minutes, of its own', own.repeat(3), 'rcu: INFO: rcu_sched self-detected stall on CPU'],
])('a CPU that stands still: %s', (_, text, found) => {
  expect(standstillIn(console(text))).toBe(found);
});

test('the end of a kernel, and none', () => {
  const panic = 'Kernel panic - not syncing: corrupted stack end detected inside scheduler';
  expect(panicIn(console(`[ 298.5] ${panic}\r\n[ 298.6] CPU: 0\r\n`))).toBe(panic);
  expect(panicIn(console(stall))).toBeUndefined();
  expect(panicIn(join(directory, 'none'))).toBeUndefined();
});
