/** The making of a template, step by step: QEMU and the programs are told what to do, and do it in memory. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Host } from '../../../src/host/host.ts';
import { makeTemplate, type TemplateSource, templateFiles } from '../../../src/kept/template.ts';
import { machineCommand } from '../../fakes/machine-command.ts';
import { partialHost } from '../../fakes/partial-host.ts';

let directory: string;
let work: string;
/** What was done, in order. */
let done: string[];
/** The command lines of QEMU and qemu-img, whole. */
let started: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-template-'));
  work = join(directory, 'work');
  mkdirSync(work);
  writeFileSync(join(directory, 'initrd'), 'an initrd');
  done = [];
  started = [];
});

afterEach(() => rmSync(directory, { recursive: true }));

const source = (): TemplateSource => ({
  machine: {
    kind: 'machine',
    id: 'machine:vm1',
    vm: 'vm1',
    uid: 12_345,
    log: '/log',
    view: { place: '/run/vm1.view', own: [], read: [], devices: [] },
    kvmGroup: 106,
    command: {
      ...machineCommand,
      direct: { kernel: '/images/kernel', initrd: join(directory, 'initrd'), arguments: 'root=LABEL=root' },
      // More CPUs than the host has: one is plugged in before it runs.
      crowded: 'lab',
    },
  },
  disk: { kind: 'overlay', id: 'overlay:vm1', path: '/labs/disk', backing: '/images/base', size: 1, uid: 1 },
});

interface Behaviour {
  /** What the guest prints once it runs. */
  readonly boots: string;
  /** QMP commands that QEMU refuses. */
  readonly refuses?: string;
  /** QEMU ends by itself. */
  readonly ends?: boolean;
}

function hostWhere({ boots, refuses, ends = false }: Behaviour): Host {
  let alive = false;
  const print = (text: string) => appendFileSync(join(work, 'vm', 'console.log'), text);
  return partialHost({
    async temporaryDirectory() {
      return { path: work, remove: () => done.push('remove the scratch') };
    },
    async makeDirectory(path) {
      mkdirSync(path);
    },
    async write(path) {
      done.push(`write ${path}`);
    },
    async stat() {
      return {
        kind: 'file',
        device: 1,
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: 9,
        allocated: 9,
        mtimeMs: 0,
        inode: 1,
      };
    },
    async run(argv) {
      if (argv.includes('qemu-img')) started.push(argv.join(' '));
      done.push(argv.slice(argv.indexOf('--') + 1).join(' '));
      return { status: 0, stdout: '', stderr: '' };
    },
    async spawn(argv, { shared }) {
      started.push(argv.join(' '));
      done.push(`start ${argv.includes('-incoming') ? 'a clone' : 'QEMU'} with ${shared}`);
      alive = true;
      return 4711;
    },
    async waitForExit(_, timeout, signal) {
      if (!alive || timeout === 0) return !alive;
      await new Promise<void>((resolve) => {
        if (signal === undefined || signal.aborted) resolve();
        signal?.addEventListener('abort', () => resolve());
      });
      return !alive;
    },
    async kill(pid, how) {
      done.push(`kill ${how} ${pid}`);
      alive = false;
    },
    async copy(from, to) {
      done.push(`copy ${from} ${to}`);
    },
    async receive(_, { file }) {
      return { done: Promise.resolve(), close: async () => void done.push(`received ${file}`) };
    },
    async qmp(_, command) {
      if (command === refuses) throw new Error(`QEMU refuses ${command}`);
      if (command === 'query-migrate') return { status: 'completed' };
      if (command === 'query-hotpluggable-cpus')
        return [
          { type: 'cpu', props: { 'socket-id': 1 } },
          { type: 'cpu', props: { 'socket-id': 0 }, 'qom-path': '/x' },
        ];
      done.push(`qmp ${command}`);
      if (command === 'cont') {
        print(boots);
        if (ends) alive = false;
      }
      return {};
    },
  });
}

const make = (behaviour: Behaviour, signal = new AbortController().signal) =>
  makeTemplate(source(), { scratch: directory, directory: '/cache/t', signal }, hostWhere(behaviour));

const files = templateFiles('/cache/t');

describe('a template', () => {
  test('has all its CPUs before it boots, is saved at the gate, and its memory is closed when QEMU has ended', async () => {
    await make({ boots: 'Linux version 6\r\nlabnet-gate\r\n' });
    const from = done.findIndex((step) => step.startsWith('start'));
    expect(done.slice(from)).toEqual([
      `start QEMU with ${files.memory}`,
      'qmp device_add',
      'qmp cont',
      'qmp stop',
      ...['qmp migrate-set-capabilities', 'qmp migrate-set-parameters', 'qmp migrate'],
      `received ${files.state}`,
      `copy ${work}/vm/disk ${files.disk}`,
      `copy ${work}/vm/console.log ${files.console}`,
      'kill SIGKILL 4711',
      'remove the scratch',
      `chown 0:0 ${files.memory}`,
      `fallocate --dig-holes ${files.memory}`,
      `sync ${files.memory}`,
    ]);
    expect(done.slice(0, from)).toContainEqual(
      expect.stringMatching(/^qemu-img create .* -b \/images\/base /),
    );
  });

  test('is made by a QEMU and a qemu-img without any right but to KVM', async () => {
    await make({ boots: 'Linux version 6\nlabnet-gate\n' });
    const ids = '--reuid 1899999997 --regid 1899999997';
    const none = '--inh-caps=-all --bounding-set=-all --no-new-privs --';
    expect(started).toEqual([
      expect.stringMatching(`^setpriv ${ids} --clear-groups ${none} qemu-img create `),
      expect.stringMatching(
        `^setpriv --pdeathsig KILL unshare --root=${work}/view -- setpriv --pdeathsig KILL ${ids} --groups 106 ${none} perl - ${work}/vm/console.log [0-]* qemu-system-x86_64 .* -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny `,
      ),
    ]);
  });

  test.each([
    ['panics', { boots: 'Linux version 6\nKernel panic - not syncing: no init\n' }, 'Kernel panic'],
    ['has a broken gate', { boots: 'Linux version 6\nlabnet-gate-broken\r\n' }, 'labnet-gate-broken'],
    ['is gone', { boots: 'Linux version 6\n', ends: true }, 'its QEMU ended before it came to the gate'],
    ['takes no CPU', { boots: '', refuses: 'device_add' }, 'refuses device_add'],
    ['cannot be saved', { boots: 'labnet-gate\n', refuses: 'migrate' }, 'refuses migrate'],
  ])('whose VM %s leaves no process and no scratch, and is none', async (_, behaviour, why) => {
    await expect(make(behaviour)).rejects.toThrow(why);
    expect(done).toContain('remove the scratch');
    expect(done).not.toContain(`sync ${files.memory}`);
    if (!('ends' in behaviour)) expect(done).toContain('kill SIGKILL 4711');
  });

  test('that is interrupted ends its QEMU', async () => {
    const interruption = new AbortController();
    const making = make({ boots: 'Linux version 6\n' }, interruption.signal);
    setTimeout(() => interruption.abort(), 50);
    await expect(making).rejects.toMatchObject({ code: 'interrupted' });
    expect(done).toContain('kill SIGKILL 4711');
    expect(done).toContain('remove the scratch');
  });
});
