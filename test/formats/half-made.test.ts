/** A labnet that was killed, at a real moment or between what it made and what it noted: today's removes all that there is. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { isHalfMade, type Recorded, recorded } from './recorded.ts';
import { placeFor, type StoodUp } from './stood-up.ts';

/** What stands on the host itself; of these kinds inspection asks more than whether a file is there. */
const kinds =
  /^(bridge|tap|anti-spoof|firewall|forwarding|docker-user|unmanaged|veth|namespace|internet|machine):/;

/** Of each lab the intents that are left open, one of each kind in a folder; none: its journal is used as it is. */
function openIntents(labs: readonly Recorded[]) {
  const seen = new Set<string>();
  return labs.map((one) => {
    const folder = one.title.split('/')[0];
    const ids = [...one.read('journal.jsonl').matchAll(/^{"event":"intent","id":"([^"]+)"/gm)].map(
      ([, id = '']) => id,
    );
    const intents = ids.filter((id) => {
      const kind = `${folder} ${id.split(':')[0]}`;
      if (!kinds.test(id) || id === 'namespace:canary' || seen.has(kind)) return false;
      seen.add(kind);
      return true;
    });
    return { one, title: one.title, intents };
  });
}

const cut = openIntents(recorded.filter((one) => !isHalfMade(one)));

describe.each(cut.filter(({ intents }) => intents.length > 0))('$title', ({ one, intents }) => {
  let place: StoodUp;
  let before: Snapshot;

  beforeAll(async () => {
    place = await placeFor(one);
    before = await place.snapshot();
  });

  afterAll(() => place.close());

  test.each(intents)('%s is there, and not noted', async (id) => {
    await place.standUp(id);
    expect((await place.json('status')).value.error).toBeUndefined();
    expect(await place.labnet('destroy', '--yes')).toMatchObject({ status: 0 });
    expect(existsSync(dirname(place.journal))).toBe(false);
    expect(await place.snapshot()).toEqual(before);
  });
});

test.each(recorded.filter(isHalfMade))('$title: known for what it is, and removed', async (one) => {
  const place = await placeFor(one);
  const before = await place.snapshot();
  await place.standUp();
  expect(await place.json('status')).toMatchObject({ status: 1, value: { ok: false, rebooted: false } });
  expect((await place.json('repair')).value.error).toMatchObject({
    code: 'failed',
    message: expect.stringContaining(`the lab ${one.lab} was never made whole`),
    hint: expect.stringContaining(`labnet destroy ${one.lab} removes it`),
  });
  expect(await place.labnet('destroy', '--yes')).toMatchObject({ status: 0 });
  expect(await place.snapshot()).toEqual(before);
  await place.close();
});
