/** The host was rebooted since another labnet made the lab: today's says so, and starts it again from the same disks. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { recorded } from './recorded.ts';
import { placeFor, type StoodUp } from './stood-up.ts';

const otherBoot = '01234567-89ab-4cde-8f01-23456789abcd';

describe.each(recorded.filter(({ title }) => title.endsWith('/guarded')))('$title', (one) => {
  let place: StoodUp;
  let before: Snapshot;

  beforeAll(async () => {
    place = await placeFor(one);
    before = await place.snapshot();
  });

  afterAll(() => place.close());

  /** Of the lab only its files are left, and the boot that they tell of is another one. */
  async function standUpAndReboot(): Promise<void> {
    await place.standUp();
    const gone = [
      ['pkill', '--full', '--', ' -uuid '],
      ['nft', 'delete', 'table', 'inet', 'labnet_guarded'],
      ['nft', 'delete', 'table', 'netdev', 'labnet_guarded'],
      ['ip', 'link', 'delete', 'dev', 'tap0'],
      ['ip', 'link', 'delete', 'dev', 'br0'],
      ['sysctl', '--quiet', '--write', 'net.ipv4.conf.up0.forwarding=0'],
    ];
    for (const argv of gone) await place.inHost(...argv);
    rmSync(place.run, { recursive: true });
    const text = readFileSync(place.journal, 'utf8');
    writeFileSync(place.journal, text.replaceAll(/"boot":"[^"]+"/g, `"boot":"${otherBoot}"`));
  }

  test('it is removed without a trace', async () => {
    await standUpAndReboot();
    expect(await place.labnet('destroy', '--yes')).toMatchObject({ status: 0 });
    expect(await place.snapshot()).toEqual(before);
  });

  test('it is known as stopped, and starts again', async () => {
    await standUpAndReboot();
    expect(await place.json('status')).toMatchObject({ status: 1, value: { ok: false, rebooted: true } });
    expect(await place.json('repair')).toMatchObject({
      status: 0,
      value: { ok: true, verify: { ok: true } },
    });
    expect(await place.json('status')).toMatchObject({ status: 0, value: { ok: true, rebooted: false } });
    expect(await place.labnet('destroy', '--yes')).toMatchObject({ status: 0 });
    expect(await place.snapshot()).toEqual(before);
  });
});
