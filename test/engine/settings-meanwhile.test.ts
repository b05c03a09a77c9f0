/** Kernel settings that labs hold, and what else happens to a host meanwhile. */
import { describe, expect, test } from 'vitest';
import { settingsLedger } from '../../src/paths.ts';
import { forwarding } from '../../src/resource/forwarding.ts';
import { roots } from '../fakes/facts.ts';
import {
  baselines,
  enter,
  forwardingOf,
  leave,
  network,
  scopes,
  set,
  spec,
  worldWith,
} from '../fakes/forwarding-labs.ts';
import { newRun } from '../fakes/lab-run.ts';
import { reboot } from '../fakes/trapped-world.ts';

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

test('a lab whose first write of the ledger was cut off takes away what is left of that', async () => {
  const host = newRun(worldWith({ ipForward: '0', redirects: '0', eth0: '0' }));
  await leave(spec('a', 'interface'), host);
  expect(host.faults.calls.map(({ what }) => what)).toEqual([`remove ${settingsLedger(roots)}`]);
});

describe('another lab was killed while it left', () => {
  test.each(scopes)('%s: a lab that comes then is whole, and leaves the host as it was', async (scope) => {
    const begin = async () => {
      const world = worldWith({ ipForward: '0', redirects: '0', eth0: '0' });
      const before = world.snapshot();
      await enter(spec('e', 'global'), newRun(world));
      return { world, before };
    };
    const plain = newRun((await begin()).world);
    await leave(spec('e', 'global'), plain);
    expect(plain.faults.calls.length).toBeGreaterThan(5);
    for (let n = 1; n <= plain.faults.calls.length; n += 1) {
      const { world, before } = await begin();
      await leave(spec('e', 'global'), newRun(world).failAt(n, 'dead')).catch(() => {});
      await enter(spec('a', scope), newRun(world));
      const presence = await forwarding.inspect(spec('a', scope), { host: newRun(world), openIntent: false });
      expect({ n, presence }).toMatchObject({ n, presence: { state: 'ours' } });
      for (const lab of [spec('e', 'global'), spec('a', scope)]) await leave(lab, newRun(world));
      expect(world.snapshot()).toEqual(before);
    }
  });
});
