import { expect, test } from 'vitest';
import type { LabReport } from '../../../src/report/lab-report.ts';
import { timeline } from '../../../src/report/timeline.ts';

const vm = {
  name: 'vm1',
  address: '192.168.6.1',
  mac: '02:00:00:00:00:01',
  state: 'running',
  accelerator: 'tcg',
} as const;

const report: LabReport = {
  ok: true,
  lab: 'lab',
  vms: [{ ...vm, boot: { kernel: 500, system: 4500, local: 9000, ready: 9100 } }],
  verify: {
    ok: true,
    probes: [{ id: 'ssh', vm: 'vm1', status: 'passed', reason: '', by: 'host', ms: 2000 }],
  },
  timings: { image: 10, boot: 9100, total: 11_200 },
};

const lines = (text: string) => text.split('\n').map((line) => line.trim().split(/ {2,}/));

test('each phase lasts to the next one’s sign; the first is the firmware’s', () => {
  expect(lines(timeline(report))).toEqual([
    ['STEP', 'SECONDS'],
    ['image', '0.0'],
    ['boot', '9.1'],
    [''],
    ['VM', 'PHASE', 'SECONDS'],
    ['vm1', 'firmware', '0.5'],
    ['kernel', '4.0'],
    ['system', '4.5'],
    ['local', '0.1'],
    ['probes', '2.0'],
  ]);
});

test('of a VM that has restarted the phases are those of its last boot, and none is negative', () => {
  const boot = { firmware: 60_000, kernel: 60_400, system: 64_000, ready: 70_000 };
  const text = timeline({ ...report, vms: [{ ...vm, boot }] });
  expect(lines(text).slice(5)).toEqual([
    ['vm1', 'until its restart', '60.0'],
    ['firmware', '0.4'],
    ['kernel', '3.6'],
    ['system', '6.0'],
    ['probes', '2.0'],
  ]);
});

test('a run that booted nothing has its steps alone', () => {
  expect(timeline({ ...report, vms: [vm], verify: { ok: true, probes: [] } })).not.toContain('PHASE');
});
