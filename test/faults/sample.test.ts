/** A fixed sample of the fault matrix; `npm run test:faults` has the rest. */
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { allCases, familyOf, hash, isCommand, keyOf, parseKey, wayBack } from './cases.ts';
import { spread, subjectOf } from './spread.ts';

const recorded = {
  provision: ['1 mkdir /state/labs', '1 ip link add name br0', '1 writeFile /state/labs/own/journal.jsonl'],
  destroy: ['1 ip link delete dev br0', '1 rm /state/labs/own/plan.json'],
};
const cases = allCases({ own: recorded });

test('a case is found again by its key alone', () => {
  for (const one of cases) expect(parseKey(keyOf(one))).toEqual(one);
  for (const key of ['', 'own/provision', 'mine/provision/fail/1 ip', 'own/provision/paint/1 ip'])
    expect(() => parseKey(key)).toThrow('names no case');
});

test('a part of the cases meets every operation and kind of failure, and goes both ways back', () => {
  const part = spread(cases, 12);
  expect(part).toHaveLength(12);
  expect(new Set(part.map(({ op }) => op)).size).toBe(5);
  const families = (of: typeof cases) =>
    new Set(of.map(({ op, mode }) => `${familyOf(mode)} ${isCommand(op)}`));
  expect(families(spread(cases, 20))).toEqual(families(cases));
  expect(
    spread([...cases].reverse(), 12)
      .map(keyOf)
      .sort(),
  ).toEqual(part.map(keyOf).sort());
  expect(new Set(cases.map(wayBack))).toEqual(new Set(['provision', 'destroy']));
  expect(hash('a')).not.toBe(hash('b'));
});

test('of a lab only that is tried which the labs before it do not do', () => {
  const more = { ...recorded, provision: [...recorded.provision, '1 ip link add name br1'] };
  const both = allCases({ own: recorded, sandbox: more });
  expect(both.filter(({ lab }) => lab === 'own')).toEqual(cases);
  expect(new Set(both.filter(({ lab }) => lab === 'sandbox').map(({ op }) => op))).toEqual(
    new Set(['1 ip link add name br1']),
  );
});

test.each([
  ['1 writeFile /labs/own/journal.jsonl intent tap:one', 'line /labs/own/journal.jsonl intent tap:one'],
  ['1 sync /labs/own/journal.jsonl intent tap:one', 'line /labs/own/journal.jsonl intent tap:one'],
  ['2 chmod /labs/own/plan.json.*.new', '2 write /labs/own/plan.json'],
  ['2 rename /labs/own/plan.json.*.new /labs/own/plan.json', '2 write /labs/own/plan.json'],
  ['1 ip link delete dev br0', '1 ip link delete dev br0'],
  ['1 sync /labs/own', '1 sync /labs/own'],
])('%s is a step of: %s', (op, subject) => {
  expect(subjectOf(op)).toBe(subject);
});

test.each([
  ['1 chmod /labs/own', false],
  ['1 mkdir ', false],
  ['1 qmp quit', false],
  ['1 chmod 0600 /labs/own/disk', true],
  ['2 --mount=/proc/*/ns/mnt chown 1900184832 /dev/net/tun', true],
])('%s is a program: %s', (op, expected) => {
  expect(isCommand(op)).toBe(expected);
});

test('40 cases of all kinds recover', async () => {
  const { exitCode, stdout } = await execa('node', ['test/faults/run.js', '--count', '40'], {
    reject: false,
  });
  expect(stdout).toMatch(/^40 cases, all recovered$/m);
  expect(exitCode).toBe(0);
});
