/** Keeping a running lab: whatever fails, its VMs run afterwards and no half of it stays. */
import { beforeEach, expect, test, vi } from 'vitest';
import type { FileFacts, Host } from '../../../src/host/host.ts';
import { requireRunning, saveAgain, saveLab } from '../../../src/kept/save-lab.ts';
import { labOfSize } from '../../../src/lab/validate.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { facts, roots } from '../../fakes/facts.ts';
import { partialHost } from '../../fakes/partial-host.ts';

const plan = planLab({ lab: labOfSize(2, { sandbox: true }), facts, roots, date: 0 });
let done: string[];

const free = vi.hoisted(() => ({ bytes: 0, countedAfter: [] as readonly string[] }));
vi.mock('../../../src/observe/resources.ts', async (original) => ({
  ...(await original<object>()),
  async readFreeSpace() {
    free.countedAfter = [...done];
    return free.bytes;
  },
}));

beforeEach(() => {
  done = [];
  free.bytes = 1e12;
});

const aDirectory: FileFacts = {
  kind: 'directory',
  mode: 0o700,
  uid: 0,
  gid: 0,
  size: 0,
  allocated: 0,
  inode: 1,
  device: 1,
  mtimeMs: 0,
};

/** A host whose QEMUs do as they are told, but for one command at one VM. */
function hostThat(refuses = '', fails = '', there: readonly string[] = []): Host {
  const note = (step: string) => {
    done.push(step);
    if (fails !== '' && step.includes(fails)) throw new Error(`${step} fails`);
  };
  return partialHost({
    remove: async (path) => note(`remove ${path}`),
    makeDirectory: async (path) => note(`mkdir ${path}`),
    copy: async (from) => note(`copy ${from.replace(/^.*\/lab\//, '')}`),
    write: async (path) => note(`write ${path}`),
    list: async () => ['vm1.memory'],
    stat: async (path) => (there.includes(path) ? aDirectory : undefined),
    async run(argv) {
      note(argv.join(' '));
      return { status: 0, stdout: '', stderr: '' };
    },
    async receive() {
      return { done: Promise.resolve(), close: async () => {} };
    },
    async qmp(socket, command) {
      const step = `${command} ${/vm\d/.exec(socket)?.[0]}`;
      if (step === refuses) throw new Error(`QEMU refuses ${step}`);
      if (command === 'query-migrate') return { status: 'completed' };
      if (command === 'query-status') return { status: 'running' };
      if (['stop', 'migrate', 'cont'].includes(command)) done.push(step);
      return {};
    },
  });
}

const save = (host: Host) =>
  saveLab(plan, '/kept', 'key', { host, roots, signal: new AbortController().signal });

test('all VMs stand still before the first is saved, go on when the last is, and the note comes last', async () => {
  await save(hostThat());
  const steps = done
    .filter((step) => /^(?:stop|migrate|cont|write)/.test(step))
    .map((step) => step.split(' ')[0]);
  expect(steps).toEqual(['stop', 'stop', 'migrate', 'migrate', 'cont', 'cont', 'write']);
  expect(done.slice(0, 2)).toEqual(['remove /kept', 'mkdir /kept']);
  expect(done.at(-1)).toBe('write /kept/saved.json');
  expect(done).toContain('copy id_ed25519');
  expect(done).toContain('copy vm1/password');
});

test.each([
  ['does not stop', 'stop vm2', ''],
  ['cannot be saved', 'migrate vm1', ''],
  ['has a disk that cannot be copied', '', 'sda-vm2'],
  ['has a key that cannot be copied', '', 'id_ed25519.pub'],
  ['is saved, and the note cannot be written', '', 'saved.json'],
])('where a VM %s, all go on and nothing is kept', async (_, refuses, fails) => {
  await expect(save(hostThat(refuses, fails))).rejects.toThrow(/refuses|fails/);
  expect(done).toContain('cont vm1');
  expect(done).toContain('cont vm2');
  expect(done.at(-1)).toBe('remove /kept');
});

test.each([
  ['is saved', '', ''],
  ['cannot be saved', 'migrate vm1', ''],
])('how long the VMs stood still is told, when one %s', async (_, refuses, fails) => {
  const paused: number[] = [];
  const context = { host: hostThat(refuses, fails), roots, signal: new AbortController().signal };
  await saveLab(plan, '/kept', 'key', context, (ms) => paused.push(ms)).catch(() => {});
  expect(paused).toHaveLength(1);
  expect(paused[0]).toBeGreaterThan(0);
});

const again = (host: Host) =>
  saveAgain(plan, '/kept', 'key', { host, roots, signal: new AbortController().signal });

test('an earlier one goes when the new one is in its place, and not before', async () => {
  await again(hostThat('', '', ['/kept']));
  expect(done.slice(-4)).toEqual([
    'write /kept.new/saved.json',
    'mv --no-target-directory /kept /kept.old',
    'mv --no-target-directory /kept.new /kept',
    'remove /kept.old',
  ]);
  expect(done).not.toContain('remove /kept');
});

test('an earlier one that a killed run has left without its name gets it back first', async () => {
  await again(hostThat('', '', ['/kept.old', '/kept.new']));
  expect(done[0]).toBe('mv --no-target-directory /kept.old /kept');
});

test('an earlier one that a killed run has left beside the new goes first', async () => {
  await again(hostThat('', '', ['/kept', '/kept.old']));
  expect(done[0]).toBe('remove /kept.old');
});

test('a new one that a killed run has left half made goes before the free space is counted', async () => {
  await again(hostThat('', '', ['/kept', '/kept.new']));
  expect(free.countedAfter).toContain('remove /kept.new');
});

test('VMs that do not run after they were saved are named', async () => {
  await requireRunning(plan, hostThat());
  await expect(requireRunning(plan, hostThat('query-status vm2'))).rejects.toMatchObject({
    code: 'failed',
    message: 'no longer running: vm2',
  });
});

test.each([
  ['a VM cannot be saved', 'migrate vm1', ''],
  ['the note cannot be written', '', 'saved.json'],
])('where %s, it stays', async (_, refuses, fails) => {
  await expect(again(hostThat(refuses, fails))).rejects.toThrow(/refuses|fails/);
  expect(done).not.toContain('remove /kept');
  expect(done.at(-1)).toBe('remove /kept.new');
});

test('a checkpoint for which there is no room is refused with the numbers, before a VM stands still', async () => {
  free.bytes = 1024 ** 3;
  await expect(again(hostThat('', '', ['/kept']))).rejects.toMatchObject({
    code: 'host-cannot',
    message: expect.stringMatching(/^a checkpoint of lab may take \d\S* \w+ in \/\S+, and 1 GiB are free$/),
  });
  expect(done.filter((step) => /^(?:stop|mkdir|copy|write|mv)/.test(step))).toEqual([]);
});
