/** A lab in which another labnet has made things of kinds that today's does not know: it is shown, and goes by what was noted down. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { recorded } from './recorded.ts';
import { placeFor, type StoodUp } from './stood-up.ts';

describe.each(recorded.filter(({ title }) => title.endsWith('/guarded')))('$title', (one) => {
  let place: StoodUp;
  let before: Snapshot;

  beforeAll(async () => {
    place = await placeFor(one);
    before = await place.snapshot();
    await place.standUp();
    for (const file of [place.journal, join(dirname(place.journal), 'plan.json')])
      writeFileSync(
        file,
        readFileSync(file, 'utf8').replaceAll(/"kind":"(tap|anti-spoof|overlay)"/g, '"kind":"new-$1"'),
      );
  });

  afterAll(() => place.close());

  test('status tells what it cannot look at, and verify all the rest', async () => {
    const { status, stdout } = await place.labnet('status');
    expect(status).toBe(1);
    expect(stdout).toMatch(/tap:vm1 +drifted +another labnet has made it, and this one knows no new-tap/);
    expect(stdout).toMatch(/bridge:\S+ +ours/);
    expect(await place.json('verify')).toMatchObject({ status: 0, value: { ok: true } });
  });

  test('repair names what it leaves alone', async () => {
    const { status, value } = await place.json('repair');
    expect(status).toBe(1);
    expect(value.resources).toContainEqual(
      expect.objectContaining({ id: 'tap:vm1', outcome: 'not repaired' }),
    );
  });

  test('--keep-disks cannot tell which are disks', async () => {
    const { status, value } = await place.json('destroy', '--keep-disks', '--yes');
    expect([status, value.error.message]).toEqual([
      1,
      expect.stringMatching(/^another labnet has made .*overlay:vm1.*: whether it is a disk cannot be told$/),
    ]);
  });

  test('destroy leaves nothing of it, and says what it did not see', async () => {
    const { status, stderr, stdout } = await place.labnet('destroy', '--yes');
    expect([status, `${stderr}${stdout}`]).toEqual([
      0,
      expect.stringMatching(
        /warning: another labnet has made .*tap:vm1.*: removed as that one has noted down/,
      ),
    ]);
    expect(await place.snapshot()).toEqual(before);
  });
});
