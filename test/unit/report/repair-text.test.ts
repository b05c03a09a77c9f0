/** The end of a repair in words: all probes are counted, and what is left has a line to type. */
import { expect, test } from 'vitest';
import type { Output } from '../../../src/report/output.ts';
import { repairText } from '../../../src/report/repair-text.ts';

type Probe = Output<'repair'>['verify']['probes'][number];

const probe = (vm: string, id: string, status: Probe['status'], reason = 'as it is'): Probe => ({
  vm,
  id,
  status,
  reason,
  ms: 0,
  by: 'guest',
});

const textOf = (...probes: readonly Probe[]) =>
  repairText({
    ok: false,
    lab: 'course',
    resources: [],
    verify: { ok: false, probes: [...probes] },
    timings: {},
  }).split('\n');

test('probes that were not made are counted and told', () => {
  const skipped = probe('a', 'internet-tcp', 'skipped', 'no way out');
  expect(textOf(probe('a', 'host-guest', 'passed'), skipped)).toEqual([
    'skipped: a internet-tcp: no way out',
    'course: nothing to do; 1 of 2 probes passed, 1 skipped',
  ]);
});

const reset = (vm: string) =>
  `what is broken inside ${vm} is not on this host: sudo labnet reset ${vm} --lab course brings the VM back to how it was when it had just been made`;

test('where something in a VM is broken, what sets it right is named, once for each VM', () => {
  const text = textOf(
    probe('a', 'etc-hosts', 'failed'),
    probe('a', 'hostname', 'failed'),
    probe('b', 'host-guest', 'passed'),
    probe('b', 'ssh', 'failed'),
    probe('c', 'host-guest', 'failed'),
    probe('c', 'ssh', 'failed'),
    probe('d', 'internet-tcp', 'failed'),
    probe('d', 'run', 'failed'),
  );
  expect(text.filter((line) => line.includes('reset'))).toEqual([reset('a'), reset('b')]);
});
