/** A fixed sample of the fault matrix; `npm run test:faults` has the rest. */
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { allCases, hash, keyOf, parseKey, spread, wayBack } from './cases.ts';

const recorded = {
  provision: ['1 mkdir /state/labs', '1 ip link add name br0', '1 writeFile /state/labs/own/journal.jsonl'],
  destroy: ['1 ip link delete dev br0', '1 rm /state/labs/own/plan.json'],
};
const cases = allCases('own', recorded);

test('a case is found again by its key alone', () => {
  for (const one of cases) expect(parseKey(keyOf(one))).toEqual(one);
  for (const key of ['', 'own/provision', 'mine/provision/fail/1 ip', 'own/provision/paint/1 ip'])
    expect(() => parseKey(key)).toThrow('names no case');
});

test('a part of the cases meets every operation, and goes both ways back', () => {
  const part = spread(cases, 12);
  expect(part).toHaveLength(12);
  expect(new Set(part.map(({ op }) => op)).size).toBe(5);
  expect(
    spread([...cases].reverse(), 12)
      .map(keyOf)
      .sort(),
  ).toEqual(part.map(keyOf).sort());
  expect(new Set(cases.map(wayBack))).toEqual(new Set(['provision', 'destroy']));
  expect(hash('a')).not.toBe(hash('b'));
});

test('40 cases of all kinds recover', async () => {
  const { exitCode, stdout } = await execa('node', ['test/faults/run.js', '--count', '40'], {
    reject: false,
  });
  expect(stdout).toMatch(/^40 cases, all recovered$/m);
  expect(exitCode).toBe(0);
});
