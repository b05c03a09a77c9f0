/** The helper in a guest, run here: the host's side of the channel speaks with it through a terminal in place of a port. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ExchangeOptions } from '../../../src/host/exchange.ts';
import { shipped } from '../../../src/paths.ts';
import { runByChannel } from '../../../src/reach/channel.ts';
import { partialHost } from '../../fakes/partial-host.ts';

let directory: string;
let helper: ReturnType<typeof spawn>;
let said = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-reach-'));
  const python = new URL('helper.py', import.meta.url).pathname;
  helper = spawn('python3', [python, `${shipped.guest}reach.sh`, join(directory, 'work')]);
  said = '';
  helper.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
});

afterEach(() => {
  helper.stdin?.end();
  rmSync(directory, { recursive: true, force: true });
});

/** A host whose channel leads to the helper. */
const host = partialHost({
  async exchange(_: string, text: string, { end }: ExchangeOptions) {
    helper.stdin?.write(text);
    while (!end.test(said)) await new Promise((resolve) => setTimeout(resolve, 10));
    const all = said;
    said = '';
    return all;
  },
});

const run = (script: string, timeout = 20_000) =>
  runByChannel('/channel', script, { timeout, most: 2 ** 21 }, host);

test('a script is run, and what it says and its status come back', async () => {
  expect(await run('echo one; echo two >&2; exit 7')).toEqual({ status: 7, said: 'one\ntwo\n' });
  expect(await run('true')).toEqual({ status: 0, said: '' });
  expect(await run('printf "no end"')).toEqual({ status: 0, said: 'no end' });
});

test('a script that takes too long is ended, and the next one is run', async () => {
  expect((await run('sleep 60', 1_000)).status).toBe(124);
  expect(await run('echo next')).toEqual({ status: 0, said: 'next\n' });
});

test('it reads nothing of the port, and leaves nothing behind', async () => {
  const { said: open } = await run('cat; ls -l /proc/$$/fd');
  expect(open).toContain('/dev/null');
  expect(open).not.toContain('/dev/pts/');
  await run('true');
  for (const name of ['script', 'said'])
    await expect.poll(() => existsSync(join(directory, 'work', name))).toBe(false);
});

test('of what a script says a MiB comes back', async () => {
  const { status, said: all } = await run('yes | head -c 1500000');
  expect(status).toBe(0);
  expect(all).toHaveLength(2 ** 20);
});

test('a request that is none, or is not whole, is not run', async () => {
  const mark = join(directory, 'mark');
  helper.stdin?.write(`hello there\n; touch ${mark}\n$(touch ${mark}) 5\n`);
  expect(await run('echo fine')).toEqual({ status: 0, said: 'fine\n' });
  expect(existsSync(mark)).toBe(false);
});

test('any text passes unchanged in both directions', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), async (one) => {
      const text = one.replaceAll('\0', '').replaceAll("'", '');
      expect(await run(`printf %s '${text}'`)).toEqual({ status: 0, said: text });
    }),
    { numRuns: 15 },
  );
});
