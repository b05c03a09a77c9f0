/** How verify deals with guests that it cannot reach. */
import { expect, test } from 'vitest';
import { CommandFailed } from '../../../src/host/command-failed.ts';
import type { Host } from '../../../src/host/host.ts';
import { verifyLab } from '../../../src/verify/verify.ts';
import { roots } from '../../fakes/facts.ts';
import { MemoryHost } from '../../fakes/memory-host.ts';
import { planOfSize } from '../../fakes/plans.ts';

const plan = planOfSize(1, false);

/** A host whose ping ends with this status, and whose ssh finds nobody. */
function hostWith(ping: number, onCall: (calls: readonly string[]) => void = () => {}) {
  const calls: string[] = [];
  const run: Host['run'] = async (argv) => {
    // The kernel's counters, read before and after: nothing was dropped.
    if (argv[0] === 'cat') return { status: 0, stdout: '', stderr: '' };
    calls.push(argv[0] ?? '');
    onCall(calls);
    if (argv[0] === 'ping') return { status: ping, stdout: '', stderr: '' };
    const said = 'ssh: connect to host 192.168.6.1 port 22: No route to host\n';
    throw new CommandFailed(argv, argv.join(' '), { how: 'exit', status: 255 }, said);
  };
  return { calls, host: Object.assign(new MemoryHost(), { run }) };
}

test('a VM that does not run is said to, and nothing is tried', async () => {
  const { host, calls } = hostWith(1);
  const { ok, probes } = await verifyLab(plan, { host, roots, stopped: new Set(['vm1']) });
  expect(ok).toBe(false);
  expect(probes).toMatchObject([{ id: 'host-guest', reason: 'vm1 does not run: its QEMU has ended' }]);
  expect(calls).toEqual([]);
});

test('one that does not answer to ping is tried once by ssh, whose own words are the reason', async () => {
  const { host, calls } = hostWith(1);
  const { probes } = await verifyLab(plan, { host, roots });
  expect(calls).toEqual(['ping', 'ssh']);
  expect(probes.map(({ id, status }) => [id, status])).toEqual([
    ['host-guest', 'failed'],
    ['ssh', 'failed'],
  ]);
  expect(probes[1]?.reason).toBe(
    'cannot enter vm1 by ssh, so nothing inside it was checked: ssh: connect to host 192.168.6.1 port 22: No route to host',
  );
});

test('one that answers to ping is waited for, until the user has enough', async () => {
  const interruption = new AbortController();
  const { host, calls } = hostWith(0, (all) => {
    if (all.length === 3) interruption.abort();
  });
  await verifyLab(plan, { host, roots, signal: interruption.signal });
  expect(calls).toEqual(['ping', 'ssh', 'ssh']);
});

test('a session that ends well and early is no proof', async () => {
  const host = new MemoryHost();
  for (const stdout of ['', 'hostname\tpassed\t1\tvm1\n']) {
    const run: Host['run'] = async () => ({ status: 0, stdout, stderr: '' });
    const { ok, probes } = await verifyLab(plan, { host: Object.assign(host, { run }), roots });
    expect(ok).toBe(false);
    expect(probes[1]).toMatchObject({
      id: 'ssh',
      status: 'failed',
      reason: expect.stringContaining('ended early'),
    });
  }
});

test('each probe that was asked for is told, with "no answer" where the guest gave none', async () => {
  const run: Host['run'] = async (argv, options) => {
    if (argv[0] === 'cat' || argv[0] === 'ping') return { status: 0, stdout: '', stderr: '' };
    const [, end = ''] = /end_of_probes='([^']*)'/.exec(options?.stdin ?? '') ?? [];
    const lines = ['clock\tread\t0\tsoon', 'hostname\tpassed\t7\tvm1', 'made-up\tpassed\t1\tx', end];
    return { status: 0, stdout: `${lines.join('\n')}\n`, stderr: '' };
  };
  const { ok, probes } = await verifyLab(plan, { host: Object.assign(new MemoryHost(), { run }), roots });
  expect(ok).toBe(false);
  const told = Object.fromEntries(probes.map(({ id, status, reason }) => [id, `${status}: ${reason}`]));
  expect(told).toMatchObject({
    clock: 'failed: its answer is no time, at most 5',
    hostname: 'passed: vm1',
    route: 'failed: no answer',
    'internet-tcp': 'failed: no answer; the way ends from the guest to the bridge',
  });
  expect(told).not.toHaveProperty('made-up');
  expect(JSON.stringify(probes)).not.toContain('null');
});
