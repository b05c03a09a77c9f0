/** Where systemd runs, what outlives labnet is in a cgroup of its own. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { toShell } from '../../../src/action/to-shell.ts';
import { localHost } from '../../../src/host/local-host.ts';
import { labOfSize } from '../../../src/lab/validate.ts';
import { specsOf } from '../../../src/plan/plan.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { typeOf } from '../../../src/resource/index.ts';
import { facts, roots } from '../../fakes/facts.ts';

const spawnsOn = (systemd: boolean) =>
  specsOf(planLab({ lab: labOfSize(2, { sandbox: true }), facts: { ...facts, systemd }, roots, date: 0 }))
    .flatMap((spec) => typeOf(spec).create(spec))
    .flatMap((action) => (action.do === 'spawn' ? [action] : []));

test('each process that outlives labnet: the VMs and the stand-in internet, and none without systemd', () => {
  const before = 'labnet@lab.service';
  expect(spawnsOn(true).map(({ scope }) => scope)).toEqual([
    { description: 'labnet lab internet', before },
    { description: 'labnet lab vm1', before },
    { description: 'labnet lab vm2', before },
  ]);
  expect(spawnsOn(false).map(({ scope }) => scope)).toEqual([undefined, undefined, undefined]);
});

test('the plan shows it as it is done, with all that it takes', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'labnet-scope-'));
  const path = process.env.LABNET_PATH;
  onTestFinished(() => {
    if (path === undefined) delete process.env.LABNET_PATH;
    else process.env.LABNET_PATH = path;
    rmSync(directory, { recursive: true });
  });
  // A systemd-run that notes its words and goes on as the command, as the real one does.
  writeFileSync(
    join(directory, 'systemd-run'),
    `#!/bin/sh\nprintf '%s\\n' "$@" > ${directory}/words\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n`,
  );
  chmodSync(join(directory, 'systemd-run'), 0o755);
  process.env.LABNET_PATH = `${directory}:/usr/bin:/bin`;
  const scope = { description: 'labnet lab vm1', before: 'labnet@lab.service' };
  const up = join(directory, 'up');
  const action = {
    do: 'spawn',
    // It makes the file, and stays.
    argv: ['flock', up, 'sleep', '5'],
    scope,
    ready: { path: up, seconds: 10 },
    log: join(directory, 'log'),
  } as const;
  expect(await localHost().spawn(action.argv, action)).toBeGreaterThan(1);
  const words = ['--scope', '--quiet', '--collect', '--description=labnet lab vm1'];
  const all = [...words, '--property=Before=labnet@lab.service', '--', ...action.argv];
  expect(readFileSync(join(directory, 'words'), 'utf8').trimEnd().split('\n')).toEqual(all);
  const [first = ''] = toShell(action).split(' < /dev/null');
  expect(first.replaceAll(/\s*\\\n\s*/g, ' ')).toBe(
    `setsid systemd-run ${all.join(' ').replace('--description=labnet lab vm1', "'--description=labnet lab vm1'")}`,
  );
});
