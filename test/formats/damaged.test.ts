/** Files of a lab that somebody, or a disk, has damaged: today's labnet says which and where, and changes nothing. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { recorded } from './recorded.ts';
import { placeFor, type StoodUp } from './stood-up.ts';

describe.each(recorded.filter(({ title }) => title.endsWith('/guarded')))('$title', (one) => {
  let place: StoodUp;
  let before: Snapshot;
  let journal: string;

  beforeAll(async () => {
    place = await placeFor(one);
    before = await place.snapshot();
    await place.standUp();
    journal = readFileSync(place.journal, 'utf8');
  });

  afterAll(() => place.close());

  const mend = () => writeFileSync(place.journal, journal);

  const error = async (...args: string[]) => {
    const { status, value } = await place.json(...args);
    return { status, ...value.error };
  };

  const damages: Readonly<Record<string, (line: string) => string>> = {
    'cut short': (line) => line.slice(0, -20),
    'of another event': (line) => line.replace('"event":"', '"event":"un'),
    'no JSON': () => '\0\0\0\0',
  };

  test.each(Object.keys(damages))('a line in the middle of the journal that is %s', async (damage) => {
    const lines = journal.split('\n').map((line, index) => (index === 4 ? damages[damage]?.(line) : line));
    writeFileSync(place.journal, lines.join('\n'));
    const damaged = readFileSync(place.journal, 'utf8');
    for (const command of [['status'], ['repair'], ['destroy', '--yes']])
      expect(await error(...command)).toEqual({
        status: 1,
        code: 'failed',
        message: `${place.journal}:5: this line of the journal cannot be read`,
        hint: expect.stringContaining('nothing was changed'),
      });
    expect(readFileSync(place.journal, 'utf8')).toBe(damaged);
    mend();
    expect((await place.json('status')).status).toBe(0);
  });

  test('a journal of a labnet that is newer', async () => {
    writeFileSync(place.journal, journal.replace('"format":1', '"format":99'));
    for (const command of [['status'], ['destroy', '--yes']])
      expect(await error(...command)).toEqual({
        status: 1,
        code: 'failed',
        message: `${place.journal} was written by a newer labnet (format 99)`,
        hint: 'use that version to destroy the lab',
      });
    mend();
  });

  test('a last line without an end is no line', async () => {
    appendFileSync(place.journal, journal.split('\n')[4]?.slice(0, 40) ?? '');
    expect((await place.json('status')).status).toBe(0);
    mend();
  });

  test('a plan: verify and repair say so, and the journal alone is enough to remove the lab', async () => {
    const plan = join(dirname(place.journal), 'plan.json');
    writeFileSync(plan, readFileSync(plan, 'utf8').slice(0, 1000));
    for (const command of ['verify', 'repair'])
      expect(await error(command)).toMatchObject({
        status: 1,
        code: 'failed',
        message: expect.stringContaining(`${plan} is not as labnet wrote it`),
      });
    expect(await place.labnet('destroy', '--yes')).toMatchObject({ status: 0 });
    expect(await place.snapshot()).toEqual(before);
  });
});
