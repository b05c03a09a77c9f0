/** The host goes another way: a lab that is up follows it, and a run that is killed meanwhile is gone on with or undone. */
import { describe, expect, test } from 'vitest';
import { asInJournal, asRouted, reformOne, toReform } from '../../src/engine/follow.ts';
import { type Plan, specsOf } from '../../src/plan/plan.ts';
import { followWayOut, type WayOut } from '../../src/plan/way-out.ts';
import { refuseConflicts } from '../../src/preflight/preflight.ts';
import { everyFault, faultsOf } from '../fakes/every-fault.ts';
import { facts } from '../fakes/facts.ts';
import { adrift, destroy, newRun, openRun, provision, repair } from '../fakes/lab-run.ts';
import type { MemoryHost } from '../fakes/memory-host.ts';
import { planBesideOthers, planOfSize, planOfText } from '../fakes/plans.ts';
import { trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

const wifi: WayOut = {
  ...facts,
  uplink: { name: 'wlan0', gateway: '198.51.100.1', mtu: 1500 },
  ways: ['wlan0'],
  links: ['eth0', 'wlan0'].map((name) => ({ name, others: [] })),
  resolvers: ['198.51.100.53'],
};

function worldWithWifi(): World {
  const world = trappedWorld();
  const link = { name: 'wlan0', up: true, addresses: ['198.51.100.7/24'], mac: '02:aa:00:00:00:03' };
  world.namespaceAt(undefined)?.addLink(link);
  return world;
}

/** As `labnet repair`: the lab's plan as its journal has it, as the host goes now. */
async function follow(made: Plan, host: MemoryHost): Promise<Plan> {
  const context = await openRun(made.lab, host);
  const { plan } = followWayOut(asInJournal(made, context.journal), wifi);
  for (const spec of toReform(plan, context.journal)) await reformOne(spec, context);
  return plan;
}

async function differences(made: Plan, host: MemoryHost): Promise<readonly string[]> {
  const { journal } = await openRun(made.lab, host);
  return followWayOut(asInJournal(made, journal), wifi).differences;
}

describe.each([
  ['1 VM', planOfSize(1, false)],
  ['global forwarding', planOfText('host: {forwarding: global}\nvms: {vm1: }\n')],
  ['kept off the networks near it', planOfText('networks: [{isolate: lan}]\nvms: {vm1: }\n')],
  ['beside Docker and NetworkManager', planBesideOthers()],
])('%s', (_, made) => {
  test('follows, as the journal says, and leaves the host as it was', async () => {
    const world = worldWithWifi();
    const before = world.snapshot();
    await provision(made, newRun(world));
    expect(await differences(made, newRun(world))).not.toEqual([]);
    const plan = await follow(made, newRun(world));
    expect(await differences(made, newRun(world))).toEqual([]);
    expect(await adrift(plan, newRun(world))).toEqual([]);
    const { journal } = await openRun(made.lab, newRun(world));
    expect(journal.entries().filter(({ record }) => record === undefined)).toEqual([]);
    const rules = [...(world.namespaceAt(undefined)?.tables.values() ?? [])].join('\n');
    expect(rules).toContain('oifname { "wlan0", "eth0" } masquerade');
    expect(rules).toContain('dnat ip to 198.51.100.53');
    await destroy(made.lab, newRun(world));
    expect(world.snapshot()).toEqual(before);
  });

  test('it fails or is killed at any call: repair goes on with it, and destroy leaves the host as it was', async () => {
    const world = worldWithWifi();
    const before = world.snapshot();
    await provision(made, newRun(world));
    const plain = newRun(world.copy());
    await follow(made, plain);
    await everyFault(faultsOf(plain.faults.calls), async ({ n, mode }) => {
      const halfway = world.copy();
      await follow(made, newRun(halfway).failAt(n, mode)).catch(() => {});
      const again = halfway.copy();
      await destroy(made.lab, newRun(halfway));
      expect(halfway.snapshot()).toEqual(before);
      const plan = await follow(made, newRun(again));
      const repaired = await repair(plan, newRun(again));
      expect(repaired.filter(({ outcome }) => outcome === 'not repaired')).toEqual([]);
      expect(await differences(made, newRun(again))).toEqual([]);
      expect(await adrift(plan, newRun(again))).toEqual([]);
      await destroy(made.lab, newRun(again));
      expect(again.snapshot()).toEqual(before);
    });
  });
});

describe('provision on a lab that is up', () => {
  const made = planOfSize(1, false);

  async function provisionAs(plan: Plan, world: World): Promise<void> {
    const host = newRun(world);
    const { journal } = await openRun(plan.lab, host);
    await refuseConflicts(asRouted(plan, journal, await host.bootId()), journal, host);
  }

  test('where the host goes another way: repair is named', async () => {
    const world = worldWithWifi();
    await provision(made, newRun(world));
    const { plan } = followWayOut(made, wifi);
    await expect(provisionAs(plan, world)).rejects.toMatchObject({
      message: 'the way out of this host has changed since the lab was made',
      hint: expect.stringContaining('sudo labnet repair'),
    });
  });

  test('where the host has lost a way for the moment: it goes on as it was made', async () => {
    const world = worldWithWifi();
    const both = followWayOut(made, { ...wifi, resolvers: facts.resolvers }).plan;
    await provision(both, newRun(world));
    await provisionAs(made, world);
  });

  test('another lab is another lab', async () => {
    const world = worldWithWifi();
    await provision(made, newRun(world));
    const other = planOfText('networks: [{host_ports: [80/tcp]}]\nvms: {vm1: }\n');
    expect(specsOf(other)).not.toEqual(specsOf(made));
    await expect(provisionAs(other, world)).rejects.toMatchObject({
      message: expect.stringContaining('is another one'),
    });
  });
});
