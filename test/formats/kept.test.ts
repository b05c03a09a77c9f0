/** What labnets that have been kept of labs: today's lists it, and goes back to it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { recorded } from './recorded.ts';
import { placeFor, type StoodUp } from './stood-up.ts';

describe.each(recorded.filter(({ below }) => below('cache').length > 0))('$title', (one) => {
  let place: StoodUp;
  let before: Snapshot;

  beforeAll(async () => {
    place = await placeFor(one);
    before = await place.snapshot();
    await place.standUp();
    await place.keep();
  });

  afterAll(() => place.close());

  const run = async (...args: string[]) => {
    const { status, value } = await place.json(...args);
    return { ...value, status };
  };

  test('is listed', async () => {
    expect(await run('cache', 'list')).toMatchObject({
      status: 0,
      kept: [
        { kind: 'state', of: one.lab },
        { kind: 'template', of: 'debian-12' },
      ],
    });
    expect(await run('checkpoint', 'list')).toMatchObject({ status: 0, checkpoints: [{ name: 'lesson' }] });
  });

  test.each([['reset'], ['restore', 'lesson']])('%s works', async (...args) => {
    expect(await run(...args)).toMatchObject({ status: 0, verify: { ok: true } });
    expect(await run('status')).toMatchObject({ status: 0, ok: true });
  });

  test('a checkpoint may take the place of an earlier labnet’s', async () => {
    expect(await run('checkpoint', 'lesson')).toMatchObject({ status: 0 });
    expect(await run('restore', 'lesson')).toMatchObject({ status: 0, verify: { ok: true } });
  });

  test('the lab is removed without a trace, and its checkpoint with it', async () => {
    expect(await run('destroy', '--yes')).toMatchObject({ status: 0, ok: true });
    expect(await place.snapshot()).toEqual(before);
  });
});
