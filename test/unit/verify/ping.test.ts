/** What is said of a guest that does not answer the host's ping: how far it went, and whether anybody is there. */
import { expect, test } from 'vitest';
import type { Host } from '../../../src/host/host.ts';
import { pingFromHost } from '../../../src/verify/ping.ts';
import { MemoryHost } from '../../fakes/memory-host.ts';
import { planOfSize } from '../../fakes/plans.ts';

const plan = planOfSize(1, false);

/** What is told where the kernel has this route to the guest, and this state of a neighbour with its address. */
async function told(dev: string, state: readonly string[] | undefined, status = 1, confirmed = 3) {
  const [guest] = plan.guests;
  if (guest === undefined) throw new Error('there is a guest');
  const { address } = guest;
  const run: Host['run'] = async (argv) => {
    if (argv[0] === 'ping') return { status, stdout: '', stderr: '' };
    const words = argv.join(' ');
    if (words === `ip -json -4 route get ${address}`)
      return { status: 0, stdout: JSON.stringify([{ dst: address, dev, flags: [] }]), stderr: '' };
    expect(words).toBe('ip -json -statistics -4 neighbour show');
    const others = [{ dst: '192.168.6.77', dev: 'br0', state: ['REACHABLE'] }];
    const found = state === undefined ? others : [...others, { dst: address, dev: 'br0', state, confirmed }];
    return { status: 0, stdout: JSON.stringify(found), stderr: '' };
  };
  const { signal } = new AbortController();
  const probe = await pingFromHost(guest, plan, { host: Object.assign(new MemoryHost(), { run }), signal });
  return [probe.status, probe.reason.replaceAll(address, 'IT')];
}

const silent = 'IT does not answer to ping within 10 s';

test('one whose address nobody has is told as that', async () => {
  expect(await told('br0', ['FAILED'])).toEqual([
    'failed',
    `${silent} through br0 and its tap: nobody has that address there (ARP), as where the VM, or its image, has not set its network up`,
  ]);
});

test('one that is there, and answers no ping, is told as that', async () => {
  expect(await told('br0', ['REACHABLE'])).toEqual([
    'failed',
    `${silent} through br0 and its tap, though it is there: it has told its hardware address`,
  ]);
});

test('what one has shown before the ping says nothing of it now', async () => {
  expect(await told('br0', ['REACHABLE'], 1, 13)).toEqual(['failed', `${silent} through br0 and its tap`]);
});

test.each([[['STALE']], [['INCOMPLETE']], [undefined]])(
  'where the kernel is not sure (%j), nothing is said of it',
  async (state) => {
    expect(await told('br0', state)).toEqual(['failed', `${silent} through br0 and its tap`]);
  },
);

test('where a route leads elsewhere, that is told, whoever is there', async () => {
  expect(await told('eth9', ['FAILED'])).toEqual([
    'failed',
    `${silent}: this host sends what is for it to eth9, by a route or rule that is not the lab's (ip route get IT)`,
  ]);
});

test('one that answers is asked no further', async () => {
  expect(await told('br0', ['FAILED'], 0)).toEqual(['passed', 'IT answers']);
});
