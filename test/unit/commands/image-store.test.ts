/** `labnet image remove` and `prune`: nothing goes that a lab, or what is kept of one, stands on. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { imagePrune, imageRemove } from '../../../src/commands/image-store.ts';
import { openJournal } from '../../../src/engine/journal.ts';
import { storePaths } from '../../../src/image/stored-image.ts';
import { labOfSize } from '../../../src/lab/validate.ts';
import { lockHost } from '../../../src/labs/lab-store.ts';
import { labPaths } from '../../../src/paths.ts';
import { specsOf } from '../../../src/plan/plan.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { facts } from '../../fakes/facts.ts';
import { type Workshop, workshop } from '../image/workshop.ts';

const [disk, rebuilt, kernel, initrd, other] = ['a', 'b', 'c', 'd', 'e'].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
  string,
  string,
];

let shop: Workshop;

/** A lab on `disk`, directly booted; its plan is not there, as where another labnet has written it. */
beforeEach(async () => {
  shop = await workshop();
  const { host, roots } = shop;
  const image = {
    name: 'debian-11',
    path: storePaths.file(roots, disk),
    direct: {
      kernel: storePaths.file(roots, kernel, 'kernel'),
      initrd: storePaths.file(roots, initrd, 'initrd'),
      arguments: 'ro',
    },
  };
  const plan = planLab({ lab: labOfSize(1, { sandbox: true }), facts: { ...facts, image }, roots, date: 0 });
  await host.makeDirectory(labPaths(roots, plan.lab).dir, { mode: 0o700 });
  const journal = await openJournal(labPaths(roots, plan.lab).journal, plan.lab, host);
  for (const spec of specsOf(plan).filter(({ kind }) => kind === 'overlay' || kind === 'machine'))
    await journal.intend({ id: spec.id, boot: 'x', spec, removal: [] });
  await host.makeDirectory(storePaths.directory(roots), { mode: 0o755 });
});
afterEach(() => shop.remove());

const options = { json: false, quiet: true, verbose: false, yes: true, wait: 0, patience: 1 };
const context = () => ({
  host: shop.host,
  roots: shop.roots,
  uid: 0,
  options,
  interactive: false,
  signal: new AbortController().signal,
});
const name = (text: string) => writeFileSync(storePaths.entry(shop.roots, 'debian-11'), text);
const entry = (...digests: readonly string[]) => digests.map((sha256) => JSON.stringify({ sha256 })).join('');
const stored = (digest: string, kind: 'qcow2' | 'kernel' | 'initrd' = 'qcow2') => {
  const path = storePaths.file(shop.roots, digest, kind);
  writeFileSync(path, 'x'.repeat(8192));
  return path;
};
const files = () => readdirSync(storePaths.directory(shop.roots)).sort();
const breakJournal = () =>
  appendFileSync(labPaths(shop.roots, 'lab').journal, '{"event":"of a newer labnet"}\n');

describe('remove', () => {
  const remove = () => imageRemove('debian-11', context());

  test.each([
    ['the disk', entry(disk)],
    ['the kernel, of an image that was built again', entry(rebuilt, kernel)],
    ['the initrd', entry(rebuilt, initrd)],
    ['the disk, by an entry that is damaged', `{"sha256": "${disk}", `],
  ])('%s that a lab stands on stays', async (_, text) => {
    name(text);
    await expect(remove()).rejects.toThrow('the VMs of lab stand on debian-11');
    expect(files()).toEqual(['debian-11.json']);
  });

  test('where a journal cannot be read, the image counts as in use', async () => {
    name(entry(rebuilt));
    breakJournal();
    await expect(remove()).rejects.toThrow(/what the VMs of lab needs: .*journal cannot be read/);
    expect(files()).toEqual(['debian-11.json']);
  });

  test('while another labnet has the host, nothing goes', async () => {
    name(entry(rebuilt));
    const lock = await lockHost('provision lab', { host: shop.host, roots: shop.roots, wait: 0 });
    const removing = remove();
    await setTimeout(300);
    expect(files()).toEqual(['debian-11.json']);
    await lock.release();
    await removing;
    expect(files()).toEqual([]);
  });

  test('what no lab stands on goes, also by an entry that is damaged', async () => {
    name(`{"sha256": "${rebuilt}", `);
    stored(rebuilt);
    await remove();
    expect(files()).toEqual([]);
  });

  test('an image that is not there is a mistake', async () => {
    await expect(remove()).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('prune', () => {
  const prune = (more = {}) => imagePrune(more, context());

  test('what is named and what a lab stands on stays; the rest goes, and what it frees is said', async () => {
    name(entry(rebuilt));
    const kept = [stored(rebuilt), stored(disk), stored(kernel, 'kernel'), stored(initrd, 'initrd')];
    const gone = stored(other);
    const dry = await prune({ dryRun: true });
    expect(dry.json).toEqual({
      ok: true,
      dryRun: true,
      files: [{ path: gone, sha256: other, bytes: 8192 }],
      freed: 8192,
    });
    expect(existsSync(gone)).toBe(true);
    const done = await prune();
    expect(done.json).toMatchObject({ dryRun: false, files: [{ path: gone }], freed: 8192 });
    expect(done.text).toMatch(/ freed$/);
    expect(existsSync(gone)).toBe(false);
    expect(kept.filter((path) => !existsSync(path))).toEqual([]);
    expect((await prune()).text).toBe('Every stored file is named, or in use.');
  });

  test.each([
    ['a checkpoint', (cache: string) => `${cache}/checkpoints/gone/lesson/vm1.disk`],
    ['a kept state', (cache: string) => `${cache}/states/${'f'.repeat(64)}/vm1.disk`],
    ['a template', (cache: string) => `${cache}/templates/${'f'.repeat(64)}/template.disk`],
  ])('what %s stands on stays; where that cannot be read, all does', async (_, place) => {
    const path = stored(other);
    const saved = place(shop.roots.cache);
    mkdirSync(dirname(saved), { recursive: true });
    execFileSync('qemu-img', ['create', '-q', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', path, saved, '1M']);
    await prune();
    expect(existsSync(path)).toBe(true);
    writeFileSync(saved, '');
    stored(rebuilt);
    await expect(prune()).rejects.toMatchObject({
      message: expect.stringContaining(saved),
      hint: expect.stringContaining('sudo labnet cache prune'),
    });
    expect(files().filter((file) => file.endsWith('.qcow2'))).toHaveLength(2);
  });

  test('where a journal cannot be read, all stays', async () => {
    stored(other);
    breakJournal();
    await expect(prune()).rejects.toThrow(/journal cannot be read/);
    expect(files()).toHaveLength(1);
  });

  test('without a store there is nothing to do', async () => {
    expect(
      (await imagePrune({}, { ...context(), roots: { ...shop.roots, state: `${shop.base}/none` } })).json,
    ).toEqual({
      ok: true,
      dryRun: false,
      files: [],
      freed: 0,
    });
    expect(existsSync(`${shop.base}/none`)).toBe(false);
  });
});
