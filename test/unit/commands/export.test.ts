/** A lab's disks are what its guests have made of them: each program that reads one has the right to that one and no other. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { exportLab } from '../../../src/commands/export.ts';
import { applyOne } from '../../../src/engine/apply.ts';
import { openJournal } from '../../../src/engine/journal.ts';
import type { Host } from '../../../src/host/host.ts';
import { imageUid } from '../../../src/host/unprivileged.ts';
import { labOfSize } from '../../../src/lab/validate.ts';
import { savePlan } from '../../../src/labs/lab-store.ts';
import { labPaths, vmPaths } from '../../../src/paths.ts';
import { type Plan, specsOf } from '../../../src/plan/plan.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { silent } from '../../../src/progress/progress.ts';
import { facts } from '../../fakes/facts.ts';
import { recorder, type Start } from '../../setup/recorder.ts';
import { type Workshop, workshop } from '../image/workshop.ts';

let shop: Workshop;
let plan: Plan;
let record: ReturnType<typeof recorder>;

beforeAll(async () => {
  shop = await workshop();
  const { base, host, roots } = shop;
  record = recorder(base, ['qemu-img', 'cp']);
  process.env.LABNET_PATH = record.path;
  const image = join(base, 'image.qcow2');
  execFileSync('/usr/bin/qemu-img', ['create', '-q', '-f', 'qcow2', image, '1M']);
  chmodSync(image, 0o444);
  const here = { ...facts, image: { name: 'small', path: image } };
  plan = planLab({ lab: labOfSize(2, { sandbox: false }), facts: here, roots, date: 0 });
  const { dir, journal: path } = labPaths(roots, plan.lab);
  for (const one of [dir, roots.run]) await host.makeDirectory(one, { mode: 0o711 });
  const journal = await openJournal(path, plan.lab, host);
  await savePlan(plan, host, roots);
  for (const spec of specsOf(plan))
    if (spec.kind === 'directory' || spec.kind === 'overlay') await applyOne(spec, { host, journal });
  for (const { name, uid } of plan.guests) {
    const { seed } = vmPaths(roots, plan.lab, name);
    writeFileSync(seed, `the seed of ${name}`, { mode: 0o600 });
    chownSync(seed, uid, uid);
  }
});

afterAll(async () => {
  Reflect.deleteProperty(process.env, 'LABNET_PATH');
  await shop.remove();
});

const context = (env: Readonly<Record<string, string>> = {}) => ({
  ...{ host: shop.host, roots: shop.roots, uid: 0, env, signal: new AbortController().signal },
  ...{ interactive: false, terminal: false, progress: silent, program: [], say: () => {} },
  options: { json: false, quiet: true, verbose: false, yes: true, wait: 0, patience: 1 },
});

test.each([
  ['beside its base image', false, ['base.qcow2'], 'base.qcow2'],
  ['as one whole', true, [], undefined],
])('a disk is exported %s', async (_, flatten, base, backing) => {
  const out = join(shop.base, `flatten-${flatten}`);
  await exportLab(plan.lab, { out, flatten }, context());
  const disks = ['sda-vm1.qcow2', 'sda-vm2.qcow2'];
  const seeds = ['seed-vm1.iso', 'seed-vm2.iso'];
  expect(readdirSync(out).sort()).toEqual([...base, 'manifest.json', ...disks, ...seeds]);
  for (const disk of disks) {
    const argv = ['info', '--output=json', '-f', 'qcow2', join(out, disk)];
    const found = JSON.parse(execFileSync('/usr/bin/qemu-img', argv, { encoding: 'utf8' }));
    expect(found['backing-filename']).toBe(backing);
    expect(statSync(join(out, disk))).toMatchObject({ uid: 0, mode: 0o100644 });
  }
  expect(await shop.host.list(shop.roots.cache)).toEqual([]);
});

/** Whose right a program needs: that of the VM whose file it names, or nobody's. */
function readerOf({ argv }: Start): number {
  const words = argv.join(' ');
  return plan.guests.find(({ name }) => new RegExp(`[/-]${name}[/.]`).test(words))?.uid ?? imageUid;
}

test('each program that read a disk had the right to that one, and no other', () => {
  const starts = record.starts();
  const kinds = starts.map(({ program, argv }) => (program === 'qemu-img' ? argv[0] : program));
  expect(kinds.sort()).toEqual([
    ...['convert', 'convert', ...Array(7).fill('cp'), 'create', 'create'],
    ...['info', 'info', 'rebase', 'rebase'],
  ]);
  // With it come the limits: see distrusting.
  const limited = starts.filter(({ environment }) => environment.includes('MALLOC_ARENA_MAX=1'));
  expect(limited).toHaveLength(2 + 7 + 2);
  for (const start of starts) {
    const { Uid, Gid, Groups, CapInh, CapPrm, CapEff, CapBnd, CapAmb, NoNewPrivs } = start.rights;
    const ids = Array(4).fill(readerOf(start)).join('\t');
    expect([Uid, Gid, Groups, NoNewPrivs]).toEqual([ids, ids, '', '1']);
    expect([CapInh, CapPrm, CapEff, CapBnd, CapAmb]).toEqual(Array(5).fill('0'.repeat(16)));
  }
});

test('behind sudo it is the user’s, and a link that somebody puts in its way leads root nowhere', async () => {
  const home = join(shop.base, 'home');
  mkdirSync(home);
  chownSync(home, 65_534, 65_534);
  const env = { SUDO_UID: '65534', SUDO_GID: '65534' };
  const out = join(home, 'new', 'course');
  const exported = await exportLab(plan.lab, { out }, context(env));
  for (const path of [join(home, 'new'), out, ...readdirSync(out).map((name) => join(out, name))])
    expect(statSync(path), path).toMatchObject({ uid: 65_534, gid: 65_534 });
  for (const path of [join(home, 'new'), out]) expect(statSync(path).mode & 0o7777, path).toBe(0o755);
  for (const name of readdirSync(out)) expect(statSync(join(out, name)).mode & 0o7777, name).toBe(0o644);
  const files = exported.json?.files ?? [];
  expect(files).toHaveLength(5);
  for (const { file, sha256, bytes } of files) {
    const content = readFileSync(join(out, file));
    expect([createHash('sha256').update(content).digest('hex'), content.length]).toEqual([sha256, bytes]);
  }

  const closed = join(home, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  chownSync(closed, 65_534, 65_534);
  await exportLab(plan.lab, { out: closed }, context(env));
  expect(statSync(closed).mode & 0o7777).toBe(0o700);
  rmSync(closed, { recursive: true });

  const secret = join(shop.base, 'secret');
  writeFileSync(secret, 'of root', { mode: 0o600 });
  const { host } = shop;
  const meddled: Host = {
    ...host,
    async run(argv, options) {
      const target = argv.find((word) => word.startsWith('of='))?.slice(3);
      if (target?.endsWith('seed-vm2.iso')) symlinkSync(secret, target);
      return host.run(argv, options);
    },
  };
  const again = exportLab(plan.lab, { out: join(home, 'again') }, { ...context(env), host: meddled });
  await expect(again).rejects.toThrow('File exists');
  expect([statSync(secret).mode & 0o777, readFileSync(secret, 'utf8')]).toEqual([0o600, 'of root']);
  expect(readdirSync(home)).toEqual(['new']);
});

test('an export to a full disk fails, says why, and leaves nothing of it', async () => {
  const { state, run, cache } = shop.roots;
  const line =
    'mkdir room; mount -t tmpfs -o size=16k,mode=755 room room; node "$CLI" export --out room/course; status=$?; find room; exit $status';
  const { exitCode, stdout, stderr } = await execa(
    'unshare',
    ['--mount', '--propagation', 'private', 'bash', '-c', line],
    {
      reject: false,
      cwd: shop.base,
      env: { CLI: inject('cli'), LABNET_STATE: state, LABNET_RUN: run, LABNET_CACHE: cache },
    },
  );
  expect([exitCode, stdout]).toEqual([1, 'room']);
  expect(stderr).toContain('No space left on device');
});
