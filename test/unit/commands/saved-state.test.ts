import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { keepState } from '../../../src/commands/saved-state.ts';
import { localHost } from '../../../src/host/local-host.ts';
import { planOfSize } from '../../fakes/plans.ts';

test('where the host cannot be locked, the lab is not kept, and that is no failure', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'labnet-keep-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  // No directory, so nobody can lock it.
  writeFileSync(join(directory, 'run'), '');
  const said: string[] = [];
  const context = {
    host: localHost(),
    roots: { state: directory, run: join(directory, 'run'), cache: join(directory, 'cache') },
    options: { json: false, quiet: false, verbose: false, yes: true, wait: 0 },
    signal: new AbortController().signal,
    say: (line: string) => said.push(line),
  };
  const place = { key: 'key', directory: join(directory, 'cache', 'key'), there: false };
  expect(await keepState(planOfSize(1, true), place, context)).toBe(false);
  expect(said).toEqual([expect.stringContaining('the state of lab is not kept: ')]);
});
