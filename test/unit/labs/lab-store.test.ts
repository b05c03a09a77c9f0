/** A lab's own directories and files: there while something of it is, gone with the last of it. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RootNeeded } from '../../../src/errors.ts';
import { localHost } from '../../../src/host/local-host.ts';
import { chooseLab, loadPlan, lockHost, openLab, savePlan } from '../../../src/labs/lab-store.ts';
import { labPaths, type Roots } from '../../../src/paths.ts';
import { planOfSize } from '../../fakes/plans.ts';

const host = localHost();
const plan = planOfSize(1, true);
let base: string;
let roots: Roots;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'labnet-store-'));
  chmodSync(base, 0o711);
  roots = { state: join(base, 'state'), run: join(base, 'run'), cache: join(base, 'cache') };
});

afterEach(() => {
  Reflect.deleteProperty(process.env, 'LABNET_PATH');
  rmSync(base, { recursive: true });
});

const open = () => openLab(plan.lab, 'test', { host, roots, wait: 0 });

/** As a provision does that makes one thing. */
async function make(): Promise<void> {
  const lab = await open();
  await (await lockHost('test', { host, roots, wait: 0 })).release();
  const spec = {
    kind: 'password',
    id: 'password:vm1',
    path: join(base, 'password'),
    given: undefined,
  } as const;
  await lab.journal.intend({ id: spec.id, boot: 'boot-1', spec, removal: [] });
  await savePlan(plan, host, roots);
  await host.write(labPaths(roots, plan.lab).snapshot, '{}', { mode: 0o600 });
  await lab.close();
}

test('while something of a lab is left, its journal, plan and snapshot stay for the next run', async () => {
  await make();
  expect(readdirSync(labPaths(roots, plan.lab).dir)).toEqual(['before.json', 'journal.jsonl', 'plan.json']);
  expect(await loadPlan(plan.lab, host, roots)).toEqual(plan);
});

test('with the last of it all of that goes, and what labnet made to hold it', async () => {
  await make();
  const lab = await open();
  await lab.journal.undone('password:vm1');
  await (await lockHost('test', { host, roots, wait: 0 })).release();
  await lab.close();
  expect(readdirSync(base)).toEqual([]);
});

test('of a lock that cannot be had no directory stays', async () => {
  process.env.LABNET_PATH = base;
  await expect(open()).rejects.toMatchObject({ code: 'missing-program' });
  await expect(lockHost('test', { host, roots, wait: 0 })).rejects.toMatchObject({ code: 'missing-program' });
  expect(readdirSync(base)).toEqual([]);
});

test('of a host lock the directory goes with it', async () => {
  const lock = await lockHost('test', { host, roots, wait: 0 });
  expect(existsSync(roots.run)).toBe(true);
  await lock.release();
  expect(readdirSync(base)).toEqual([]);
});

test("a user who names root's lab is told so, and one that nobody has is none", async () => {
  const pcState = `${base}/pc`;
  mkdirSync(`${pcState}/labs/course`, { recursive: true });
  const asUser = { ...roots, pcState };
  await expect(chooseLab('course', host, asUser)).rejects.toThrow(RootNeeded);
  await expect(chooseLab('other', host, asUser)).rejects.toThrow('no lab other');
  await expect(chooseLab(undefined, host, asUser)).rejects.toThrow('there is no lab on this host');
});

test('where a lab is named that is not there, those that are there are; with none, the line that makes one', async () => {
  const makes = {
    message: expect.stringContaining('there is no'),
    hint: 'sudo labnet provision --vms 2 makes one',
  };
  await expect(chooseLab('lob', host, roots)).rejects.toMatchObject(makes);
  await expect(chooseLab(undefined, host, roots)).rejects.toMatchObject(makes);
  const gives = async (hint: string) =>
    expect(chooseLab('lob', host, roots)).rejects.toMatchObject({ message: 'no lab lob on this host', hint });
  mkdirSync(`${roots.state}/labs/lab`, { recursive: true });
  await gives('the lab there is: lab');
  mkdirSync(`${roots.state}/labs/course`);
  await gives('the labs there are: course, lab');
});
