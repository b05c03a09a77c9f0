/** Several labs hold the same kernel settings: the last one puts back exactly what was there before the first. */
import { describe, expect, test } from 'vitest';
import { perform } from '../../src/action/perform.ts';
import { settingsLedger } from '../../src/paths.ts';
import { type ForwardingSpec, forwarding } from '../../src/resource/forwarding.ts';
import { everyFault, faultsOf } from '../fakes/every-fault.ts';
import { roots } from '../fakes/facts.ts';
import { newRun } from '../fakes/lab-run.ts';
import type { MemoryHost } from '../fakes/memory-host.ts';
import type { NetworkNamespace } from '../fakes/network-namespace.ts';
import { readSetting, writeSetting } from '../fakes/network-settings.ts';
import { reboot, trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

const scopes = ['interface', 'global'] as const;
const bits = ['0', '1'] as const;
type Scope = (typeof scopes)[number];

interface Baseline {
  readonly ipForward: string;
  readonly redirects: string;
  readonly eth0: string;
}

const baselines: readonly Baseline[] = bits.flatMap((ipForward) =>
  bits.flatMap((redirects) => bits.map((eth0) => ({ ipForward, redirects, eth0 }))),
);

function spec(lab: string, scope: Scope, uplink = 'eth0'): ForwardingSpec {
  return { kind: 'forwarding', id: 'forwarding:uplink', lab, scope, uplink, ledger: settingsLedger(roots) };
}

async function enter(one: ForwardingSpec, host: MemoryHost): Promise<void> {
  for (const action of forwarding.create(one)) await perform(action, { host });
}

async function leave(one: ForwardingSpec, host: MemoryHost): Promise<void> {
  for (const action of forwarding.remove(one, {})) await perform(action, { host });
}

/** A host with these settings, and another interface whose forwarding is on whatever the rest says. */
function worldWith({ ipForward, redirects, eth0 }: Baseline): World {
  const world = trappedWorld();
  const root = network(world);
  set(root, 'net.ipv4.ip_forward', ipForward);
  set(root, 'net.ipv4.conf.all.accept_redirects', redirects);
  set(root, 'net.ipv4.conf.eth0.forwarding', eth0);
  set(root, 'net.ipv4.conf.eth1.forwarding', '1');
  set(root, 'net.ipv4.conf.virbr0.forwarding', '0');
  world.files.makeDirectory(roots.run, 0o711);
  return world;
}

function network(world: World): NetworkNamespace {
  const root = world.namespaceAt(undefined);
  if (root === undefined) throw new Error('a world without a network');
  return root;
}

function set(root: NetworkNamespace, key: string, value: string): void {
  if (!writeSetting(key, value, root)) throw new Error(`no ${key}`);
}

const forwardingOf = (world: World, name: string) =>
  readSetting(`net.ipv4.conf.${name}.forwarding`, network(world));

/** Everybody who is in has what it asked for. */
function expectHeld(held: readonly ForwardingSpec[], world: World): void {
  for (const { scope, uplink } of held) {
    if (scope === 'interface') expect(forwardingOf(world, uplink)).toBe('1');
    else expect(readSetting('net.ipv4.ip_forward', network(world))).toBe('1');
  }
}

const orders = [
  '+a +b -a -b',
  '+a +b -b -a',
  '+a -a +b -b',
  '+a +a +b -a -b',
  '+a +b -a +a -b -a',
  '+a -a -a +b -b',
];

describe.each(scopes)('the first lab holds %s forwarding', (first) => {
  describe.each(scopes)('the second one %s', (second) => {
    test.each(orders)('in the order %s', async (order) => {
      for (const baseline of baselines) {
        for (const uplink of ['eth0', 'virbr0']) {
          const labs = { a: spec('a', first), b: spec('b', second, uplink) };
          const world = worldWith(baseline);
          const before = world.snapshot();
          const held = new Set<ForwardingSpec>();
          for (const step of order.split(' ')) {
            const lab = step.endsWith('a') ? labs.a : labs.b;
            if (step.startsWith('+')) {
              await enter(lab, newRun(world));
              held.add(lab);
            } else {
              await leave(lab, newRun(world));
              held.delete(lab);
            }
            expectHeld([...held], world);
          }
          expect({ baseline, uplink, after: world.snapshot() }).toEqual({ baseline, uplink, after: before });
        }
      }
    });

    test('the second one is killed at any call of its entering, and leaves', async () => {
      const [a, b] = [spec('a', first), spec('b', second)];
      const begin = async () => {
        const world = worldWith({ ipForward: '0', redirects: '0', eth0: '0' });
        const before = world.snapshot();
        await enter(a, newRun(world));
        return { world, before };
      };
      const plain = newRun((await begin()).world);
      await enter(b, plain);
      for (const order of [
        [a, b],
        [b, a],
      ]) {
        await everyFault(faultsOf(plain.faults.calls), async ({ n, mode }) => {
          const { world, before } = await begin();
          await enter(b, newRun(world).failAt(n, mode)).catch(() => {});
          expectHeld([a], world);
          for (const lab of order) await leave(lab, newRun(world));
          expect(world.snapshot()).toEqual(before);
        });
      }
    });

    test('one of them is killed at any call of its leaving, and leaves again', async () => {
      const labs = [spec('a', first), spec('b', second)] as const;
      const baseline = { ipForward: '0', redirects: '0', eth0: '0' };
      for (const [early, late] of [labs, [...labs].reverse()] as const) {
        if (early === undefined || late === undefined) throw new Error('two labs');
        const begin = async () => {
          const world = worldWith(baseline);
          const before = world.snapshot();
          for (const lab of labs) await enter(lab, newRun(world));
          return { world, before };
        };
        const plain = newRun((await begin()).world);
        await leave(early, plain);
        const firstCalls = faultsOf(plain.faults.calls);
        const last = newRun(plain.world);
        await leave(late, last);
        const lastCalls = faultsOf(last.faults.calls);
        await everyFault(firstCalls, async ({ n, mode }) => {
          const { world, before } = await begin();
          await leave(early, newRun(world).failAt(n, mode)).catch(() => {});
          expectHeld([late], world);
          await leave(early, newRun(world));
          expectHeld([late], world);
          await leave(late, newRun(world));
          expect(world.snapshot()).toEqual(before);
        });
        await everyFault(lastCalls, async ({ n, mode }) => {
          const { world, before } = await begin();
          await leave(early, newRun(world));
          await leave(late, newRun(world).failAt(n, mode)).catch(() => {});
          await leave(late, newRun(world));
          expect(world.snapshot()).toEqual(before);
        });
        await everyFault(lastCalls, async ({ n, mode }) => {
          // Another lab comes before the killed one leaves again.
          const { world, before } = await begin();
          await leave(early, newRun(world));
          await leave(late, newRun(world).failAt(n, mode)).catch(() => {});
          await enter(early, newRun(world));
          await leave(late, newRun(world));
          expectHeld([early], world);
          await leave(early, newRun(world));
          expect(world.snapshot()).toEqual(before);
        });
      }
    });
  });
});

describe('somebody else meanwhile', () => {
  test.each(baselines.filter(({ ipForward }) => ipForward === '0'))(
    'turned ip_forward on: it stays on, and nothing is written, from %o',
    async (baseline) => {
      for (const labs of [['a'], ['a', 'b']]) {
        const world = worldWith(baseline);
        for (const lab of labs) await enter(spec(lab, 'interface'), newRun(world));
        set(network(world), 'net.ipv4.ip_forward', '1');
        const turnedOn = network(world).snapshot();
        for (const lab of labs) await leave(spec(lab, 'interface'), newRun(world));
        expect(network(world).snapshot()).toEqual(turnedOn);
        expect(world.files.stat(settingsLedger(roots))).toBeUndefined();
      }
    },
  );

  test('turned ip_forward on: a lab with another uplink that leaves first writes nothing either', async () => {
    const world = worldWith({ ipForward: '0', redirects: '1', eth0: '0' });
    await enter(spec('a', 'interface', 'eth0'), newRun(world));
    await enter(spec('b', 'interface', 'virbr0'), newRun(world));
    set(network(world), 'net.ipv4.ip_forward', '1');
    await leave(spec('a', 'interface', 'eth0'), newRun(world));
    expect(forwardingOf(world, 'eth0')).toBe('1');
    await leave(spec('b', 'interface', 'virbr0'), newRun(world));
    expect(forwardingOf(world, 'virbr0')).toBe('1');
  });

  test('turned off what labnet had turned on: it stays off', async () => {
    const world = worldWith({ ipForward: '0', redirects: '0', eth0: '0' });
    await enter(spec('a', 'global'), newRun(world));
    set(network(world), 'net.ipv4.ip_forward', '0');
    const turnedOff = network(world).snapshot();
    await leave(spec('a', 'global'), newRun(world));
    expect(network(world).snapshot()).toEqual(turnedOff);
  });

  test('removed the uplink: there is nothing to put back', async () => {
    const world = worldWith({ ipForward: '0', redirects: '0', eth0: '0' });
    await enter(spec('a', 'interface'), newRun(world));
    network(world).removeLink('eth0');
    await leave(spec('a', 'interface'), newRun(world));
    expect(world.files.stat(settingsLedger(roots))).toBeUndefined();
  });

  test('added an interface: the rest is put back', async () => {
    const world = worldWith({ ipForward: '0', redirects: '0', eth0: '0' });
    const before = network(world).snapshot();
    await enter(spec('a', 'global'), newRun(world));
    network(world).addLink({ name: 'usb0' });
    await leave(spec('a', 'global'), newRun(world));
    expect(forwardingOf(world, 'usb0')).toBe('0');
    network(world).removeLink('usb0');
    expect(network(world).snapshot()).toEqual(before);
  });
});

describe('a reboot between entering and leaving', () => {
  test.each(scopes)('%s: nothing is written back', async (scope) => {
    const world = worldWith({ ipForward: '1', redirects: '1', eth0: '1' });
    await enter(spec('a', scope), newRun(world));
    const ledger = world.files.read(settingsLedger(roots)) ?? '';
    reboot(world);
    // A state directory that does survive, as with LABNET_RUN on a disk.
    world.files.makeDirectory(roots.run, 0o711);
    world.files.write(settingsLedger(roots), ledger, 0o644);
    const before = network(world).snapshot();
    const host = newRun(world);
    await leave(spec('a', scope), host);
    expect(network(world).snapshot()).toEqual(before);
    expect(host.faults.calls.map(({ what }) => what)).toEqual([`remove ${settingsLedger(roots)}`]);
  });

  test('a lab that enters afterwards starts a ledger of its own', async () => {
    const world = worldWith({ ipForward: '1', redirects: '1', eth0: '1' });
    await enter(spec('a', 'interface'), newRun(world));
    const ledger = world.files.read(settingsLedger(roots)) ?? '';
    reboot(world);
    world.files.makeDirectory(roots.run, 0o711);
    const before = world.snapshot();
    world.files.write(settingsLedger(roots), ledger, 0o644);
    await enter(spec('b', 'interface'), newRun(world));
    expect(world.files.read(settingsLedger(roots))).not.toContain('holder a');
    await leave(spec('b', 'interface'), newRun(world));
    expect(world.snapshot()).toEqual(before);
  });
});

describe('an uplink whose name has a dot, as a VLAN has', () => {
  test('is held, seen and put back', async () => {
    const world = worldWith({ ipForward: '0', redirects: '0', eth0: '0' });
    network(world).addLink({ name: 'eth0.100' });
    const before = world.snapshot();
    const one = spec('a', 'interface', 'eth0.100');
    await enter(one, newRun(world));
    expect(network(world).links.get('eth0.100')?.settings.forwarding).toBe('1');
    expect(forwardingOf(world, 'eth0')).toBe('0');
    expect(await forwarding.inspect(one, { host: newRun(world), openIntent: false })).toMatchObject({
      state: 'ours',
    });
    await leave(one, newRun(world));
    expect(world.snapshot()).toEqual(before);
  });
});
