/** Labs of every labnet that has been: today's knows them for its own, sets them right, and removes them without a trace. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { canBePlannedAgain, isHalfMade, type Recorded, recorded } from './recorded.ts';
import { placeFor, type StoodUp } from './stood-up.ts';

/** What repair tells of a resource. */
interface Repaired {
  readonly id: string;
  readonly outcome: string;
}

interface Guest {
  readonly name: string;
  readonly user: string;
  readonly address: string;
}

const guestsOf = ({ read }: Recorded) =>
  (JSON.parse(read('plan.json')) as { readonly guests: readonly Guest[] }).guests;

describe.each(recorded.filter((one) => !isHalfMade(one)))('$title', (one) => {
  const { lab } = one;
  let place: StoodUp;
  let before: Snapshot;

  beforeAll(async () => {
    place = await placeFor(one);
    before = await place.snapshot();
  });

  afterAll(() => place.close());

  const run = async (...args: string[]) => {
    const { status, value } = await place.json(...args);
    return { ...value, status };
  };

  /** What repair found to do. */
  const repair = async () => {
    const said = await run('repair');
    expect(said).toMatchObject({ status: 0, ok: true, verify: { ok: true } });
    const { resources } = said as unknown as { readonly resources: readonly Repaired[] };
    return resources.flatMap(({ id, outcome }) => (outcome === 'nothing to do' ? [] : [id])).sort();
  };

  const isSandbox = one.read('plan.json').includes('/host.ns');
  const inLab = (...argv: string[]) =>
    isSandbox ? place.inside(`${place.run}/${lab}/host.ns`, ...argv) : place.inHost(...argv);

  const ownTables = async () =>
    (await inLab('nft', 'list', 'tables')).split('\n').filter((table) => table.includes(' labnet_'));

  test('is removed without a trace', async () => {
    await place.standUp();
    expect(await ownTables()).not.toEqual([]);
    expect(await run('destroy', '--yes')).toMatchObject({ status: 0, ok: true });
    expect(await place.snapshot()).toEqual(before);
  });

  test('is all ours, works, and needs no repair', async () => {
    await place.standUp();
    expect(await run('status')).toMatchObject({ status: 0, ok: true, lab, rebooted: false });
    expect(await run('verify')).toMatchObject({ status: 0, verify: { ok: true } });
    expect(await repair()).toEqual([]);
  });

  if (canBePlannedAgain(one)) {
    test('provision with the file that it was made from finds nothing to do', async () => {
      // The password with which it was stood up: no journal holds that of then.
      const text = one.read('lab.yaml').replaceAll('password: student', 'password: password');
      writeFileSync(join(place.directory, 'lab.yaml'), text);
      const journal = readFileSync(place.journal, 'utf8');
      const flags = isSandbox ? ['--sandbox'] : [];
      expect(await run('provision', 'lab.yaml', ...flags)).toMatchObject({ status: 0, verify: { ok: true } });
      expect(readFileSync(place.journal, 'utf8')).toEqual(journal);
    });
  }

  test('its VMs are entered by ssh', async () => {
    const path = join(place.directory, 'path');
    mkdirSync(path);
    // A stand-in guest runs no commands: that ssh is sent to the right guest, with keys that are there, must do.
    const ssh = '#!/bin/sh\ntest -s "$4" && test -s "${10#*=}" && echo "$@"\n';
    writeFileSync(join(path, 'ssh'), ssh, { mode: 0o755 });
    for (const { name, user, address } of guestsOf(one)) {
      const { status, stdout } = await place.labnet('ssh', name, '--', 'hostname');
      expect([status, stdout]).toEqual([0, expect.stringContaining(`${user}@${address} -- hostname`)]);
    }
    rmSync(path, { recursive: true });
  });

  test('what has ended of it and what somebody has deleted is made again', async () => {
    const tables = await ownTables();
    for (const table of tables) await inLab('nft', 'delete', ...table.split(' '));
    await place.inHost('pkill', '--full', '--', ' -uuid ');
    if (isSandbox) await place.inHost('pkill', '--full', '--', 'internet.py');
    expect(await run('status')).toMatchObject({ status: 1, ok: false });
    const kinds = (await repair()).map((id) => id.split(':')[0]);
    const expected = ['anti-spoof', 'firewall', 'machine', ...(isSandbox ? ['internet'] : [])];
    expect(new Set(kinds)).toEqual(new Set(expected));
    expect(await ownTables()).toEqual(tables);
    expect(await run('status')).toMatchObject({ status: 0, ok: true });
  });

  test('is removed without a trace after all that, and the host is compared with the snapshot of then', async () => {
    const said = await run('destroy', '--yes', '--check');
    const { labs } = said as unknown as { readonly labs: readonly [{ readonly differences: string[] }] };
    // The kernel, and the programs that print, may be others than then.
    const ofTheLab = /^(files|processes|base image|mounts|cgroups|sockets):|"ifname":"(br|tap|iso)\d|labnet/;
    expect(labs[0].differences.filter((line) => ofTheLab.test(line))).toEqual([]);
    expect(await place.snapshot()).toEqual(before);
  });
});
