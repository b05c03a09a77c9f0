/** What labnet did not make: refused before the first change, and alive after destroy. */
import { describe, expect, test } from 'vitest';
import { openJournal } from '../../src/engine/journal.ts';
import { LabnetError } from '../../src/errors.ts';
import { labPaths, vmPaths } from '../../src/paths.ts';
import { specsOf } from '../../src/plan/plan.ts';
import { refuseConflicts } from '../../src/preflight/preflight.ts';
import { roots } from '../fakes/facts.ts';
import { destroy, newRun, provision } from '../fakes/lab-run.ts';
import { print } from '../fakes/nft-command.ts';
import { planOfSize } from '../fakes/plans.ts';
import { reboot, trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

const plan = planOfSize(1, false);
const [guest] = plan.guests;
if (guest === undefined) throw new Error('a plan without a guest');
const files = vmPaths(roots, plan.lab, 'vm1');

function root(world: World) {
  const namespace = world.namespaceAt(undefined);
  if (namespace === undefined) throw new Error('a world without a network');
  return namespace;
}

function startQemu(world: World, uid: number): void {
  const argv = ['qemu-system-x86_64', '-uuid', guest?.uuid ?? ''];
  world.start({ uid, argv, namespace: 'root', sockets: [] });
}

/** Things of our names that somebody else made, and what labnet says about each. */
const strangers: readonly { title: string; says: RegExp; put: (world: World) => void }[] = [
  {
    title: 'a bridge without an alias',
    says: /an interface br0 exists and it carries no mark of labnet \(needed: bridge:br0\)/,
    put: (world) => root(world).addLink({ name: 'br0', kind: 'bridge' }),
  },
  {
    title: 'the bridge of another lab',
    says: /an interface br0 exists and it belongs to the lab other/,
    put: (world) => root(world).addLink({ name: 'br0', kind: 'bridge', alias: 'labnet:other' }),
  },
  {
    title: 'a physical interface named br0',
    says: /an interface br0 exists/,
    put: (world) => root(world).addLink({ name: 'br0' }),
  },
  {
    title: 'a bridge with our mark that no journal knows',
    says: /bridge:br0 exists, and the journal does not know it/,
    put: (world) => root(world).addLink({ name: 'br0', kind: 'bridge', alias: 'labnet:lab' }),
  },
  {
    title: "somebody else's tap",
    says: /an interface tap0 exists and it carries no mark/,
    put: (world) => root(world).addLink({ name: 'tap0', kind: 'tun', uid: 1000 }),
  },
  {
    title: 'an nft table without a comment',
    says: /an nft table inet labnet_lab exists without labnet's comment/,
    put: (world) => root(world).tables.set('inet labnet_lab', 'table inet labnet_lab {\n}\n'),
  },
  {
    title: 'an nft table with the comment of another lab',
    says: /an nft table inet labnet_lab exists without labnet's comment/,
    put: (world) =>
      root(world).tables.set('inet labnet_lab', print('inet labnet_lab', 'labnet:other', '  chain a {\n  }')),
  },
  {
    title: 'an nft table for frames without a comment',
    says: /an nft table netdev labnet_lab_tap0 exists without labnet's comment/,
    put: (world) => root(world).tables.set('netdev labnet_lab_tap0', 'table netdev labnet_lab_tap0 {\n}\n'),
  },
  {
    title: 'a process with our uid and uuid that no journal knows',
    says: /machine:vm1 exists, and the journal does not know it/,
    put: (world) => startQemu(world, guest.uid),
  },
  {
    title: "a disk in the VM's place",
    says: /(directory:vm1|overlay:vm1) exists, and the journal does not know it/,
    put: (world) => {
      world.files.makeDirectory(files.dir, 0o700, guest.uid);
      world.files.write(files.disk, 'a disk', 0o600, guest.uid);
    },
  },
  {
    title: 'a file where a directory is to be',
    says: /\/run\/labnet\/lab is not a directory/,
    put: (world) => {
      world.files.makeDirectory(roots.run, 0o711);
      world.files.write(labPaths(roots, plan.lab).run, 'a file', 0o644);
    },
  },
];

describe.each(strangers)('$title', ({ says, put }) => {
  test('is refused before the first change', async () => {
    const world = trappedWorld();
    put(world);
    const before = world.snapshot();
    const host = newRun(world);
    const journal = await openJournal(labPaths(roots, plan.lab).journal, plan.lab, host);
    const error = await refuseConflicts(plan, journal, host).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(LabnetError);
    expect(error).toMatchObject({ code: 'foreign', message: expect.stringMatching(says) });
    expect(host.faults.calls.filter(({ reads }) => !reads)).toEqual([]);
    expect(world.snapshot()).toEqual(before);
  });

  test('that comes after the look is refused by the step itself, and survives undoing', async () => {
    const world = trappedWorld();
    put(world);
    const before = world.snapshot();
    const error = await provision(plan, newRun(world)).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'foreign' });
    await destroy(plan.lab, newRun(world));
    expect(world.snapshot()).toEqual(before);
  });
});

/** Those that can come in place of ours while the lab is there, or after a reboot. */
const usurpers = strangers.filter(({ title }) => !/journal|disk|directory/.test(title));

describe.each(usurpers)('$title in place of ours', ({ put }) => {
  test('survives destroy, which goes on with the rest', async () => {
    const world = trappedWorld();
    put(world);
    const before = world.snapshot();
    const remade = trappedWorld();
    await provision(plan, newRun(remade));
    const network = root(remade);
    for (const name of ['br0', 'tap0']) network.removeLink(name);
    for (const table of ['inet labnet_lab', 'netdev labnet_lab_tap0']) network.tables.delete(table);
    put(remade);
    const undone = await destroy(plan.lab, newRun(remade));
    expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([]);
    expect(remade.snapshot()).toEqual(before);
  });

  test('after a reboot survives destroy', async () => {
    const world = trappedWorld();
    put(world);
    const before = world.snapshot();
    const remade = trappedWorld();
    await provision(plan, newRun(remade));
    reboot(remade);
    put(remade);
    await destroy(plan.lab, newRun(remade));
    expect(remade.snapshot()).toEqual(before);
  });
});

describe('an intent that a reboot has overtaken', () => {
  test('does not make an unmarked interface of that name ours', async () => {
    const world = trappedWorld();
    const killed = newRun(world);
    const calls = newRun(trappedWorld());
    await provision(plan, calls);
    const alias = calls.faults.calls.findIndex(
      ({ what }) => what === 'run ip link set dev br0 alias labnet:lab',
    );
    await provision(plan, killed.failAt(alias + 1, 'dead')).catch(() => {});
    expect(root(world).links.has('br0')).toBe(true);
    reboot(world);
    root(world).addLink({ name: 'br0', kind: 'bridge' });
    await expect(provision(plan, newRun(world))).rejects.toMatchObject({ code: 'foreign' });
    await destroy(plan.lab, newRun(world));
    expect(root(world).links.has('br0')).toBe(true);
  });
});

describe('a process of another user that has our uuid on its command line', () => {
  test('neither stands in the way nor is ended', async () => {
    const world = trappedWorld();
    startQemu(world, 1000);
    const before = world.snapshot();
    await provision(plan, newRun(world));
    const undone = await destroy(plan.lab, newRun(world));
    expect(undone.map(({ outcome }) => outcome)).toEqual(specsOf(plan).map(() => 'removed'));
    expect(world.snapshot()).toEqual(before);
  });
});

describe('files that somebody put into directories of the lab', () => {
  test('stay, with their directories; destroy says so, and removes all else', async () => {
    const world = trappedWorld();
    await provision(plan, newRun(world));
    world.files.write(`${files.dir}/notes.txt`, 'mine', 0o644);
    const undone = await destroy(plan.lab, newRun(world));
    expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([
      { id: 'directory:vm1', outcome: 'left', reason: 'directory:vm1 is still there' },
    ]);
    expect(world.files.read(`${files.dir}/notes.txt`)).toBe('mine');
    world.files.remove(`${files.dir}/notes.txt`);
    expect(await destroy(plan.lab, newRun(world))).toEqual([{ id: 'directory:vm1', outcome: 'removed' }]);
    expect(world.snapshot()).toEqual(trappedWorld().snapshot());
  });
});
