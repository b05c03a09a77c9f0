/**
 * A lab on this machine: real directories, keys, disks, seeds, namespaces, links, rules and QEMUs, in a sandbox. Nothing
 * boots: the disks are empty. Who may do what is seen in /proc and by trying.
 */

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { toShell } from '../../src/action/to-shell.ts';
import { exportLab } from '../../src/commands/export.ts';
import { applyOne } from '../../src/engine/apply.ts';
import { undoOne, undoOrder } from '../../src/engine/destroy.ts';
import { type Journal, openJournal } from '../../src/engine/journal.ts';
import { localHost } from '../../src/host/local-host.ts';
import { parseLab } from '../../src/lab/validate.ts';
import { savePlan } from '../../src/labs/lab-store.ts';
import { labPaths, type Roots, vmPaths } from '../../src/paths.ts';
import { type Plan, secretsOf, specsOf } from '../../src/plan/plan.ts';
import { planLab } from '../../src/plan/plan-lab.ts';
import { neededPrograms } from '../../src/preflight/preflight.ts';
import { silent } from '../../src/progress/progress.ts';
import { planScript, undoScript } from '../../src/report/script.ts';
import { facts } from '../fakes/facts.ts';
import { recorder } from '../setup/recorder.ts';
import { tryAs } from '../setup/try-as.ts';

const canary = 'Canary-7d1c5f';
const text = JSON.stringify({
  name: 'real',
  defaults: { memory: '128M', cpus: 1, disk: '2G' },
  vms: { one: { password: canary }, two: {} },
});

const said: string[] = [];
const host = localHost((line) => said.push(line));
let base: string;
let roots: Roots;
let plan: Plan;
let journal: Journal;
let record: ReturnType<typeof recorder>;
let umask: number;

/** Everything of the lab on the disk is made under the widest umask there is. */
beforeAll(async () => {
  umask = process.umask(0);
  base = mkdtempSync(join(tmpdir(), 'labnet-real-'));
  chmodSync(base, 0o711);
  roots = { state: join(base, 'state'), run: join(base, 'run'), cache: join(base, 'cache') };
  record = recorder(base, [...neededPrograms, 'qemu-system-x86_64', 'chmod', 'chown', 'install', 'prlimit']);
  process.env.LABNET_PATH = record.path;
  const image = join(roots.state, 'images', 'empty.qcow2');
  mkdirSync(join(roots.state, 'images'), { recursive: true });
  chmodSync(roots.state, 0o711);
  execFileSync('/usr/bin/qemu-img', ['create', '-q', '-f', 'qcow2', image, '1M']);
  chmodSync(image, 0o444);
  const parsed = parseLab(text, 'lab.yaml', { sandbox: true });
  if (!parsed.ok) throw new Error('the lab is right');
  const here = {
    ...facts,
    // The VMs of another run beside this one are others.
    hostId: base,
    image: { name: 'empty', path: image },
    program: [process.execPath, inject('cli')],
    privateTun: (statSync('/dev/net/tun').mode & 0o006) !== 0o006,
  };
  plan = planLab({ lab: parsed.lab, facts: here, roots, date: 0 });
  const { dir, journal: path } = labPaths(roots, 'real');
  for (const one of [dir, roots.run]) await host.makeDirectory(one, { mode: 0o711 });
  journal = await openJournal(path, 'real', host);
  await savePlan(plan, host, roots);
  const context = {
    host,
    journal,
    secrets: secretsOf(parsed.lab),
    onAction: (action: Parameters<typeof toShell>[0]) => said.push(toShell(action)),
  };
  for (const { specs } of plan.stages) await Promise.all(specs.map((spec) => applyOne(spec, context)));
}, 120_000);

afterAll(async () => {
  for (const entry of undoOrder(journal)) await undoOne(entry, { host, journal });
  process.umask(umask);
  Reflect.deleteProperty(process.env, 'LABNET_PATH');
  rmSync(base, { recursive: true, force: true });
}, 120_000);

const nothing = '0000000000000000';

describe('programs', () => {
  test('QEMU and qemu-img are started without any right of root, each under its VM’s uid', () => {
    const starts = record.starts().filter(({ program }) => program.startsWith('qemu-'));
    const [disks, machines] = ['qemu-img', 'qemu-system-x86_64'].map((name) =>
      starts.filter(({ program }) => program === name),
    );
    expect([(disks?.length ?? 0) >= 4, machines?.length]).toEqual([true, 2]);
    for (const { rights } of starts) {
      const [uid = ''] = rights.Uid?.split(/\s+/) ?? [];
      expect(plan.guests.map((guest) => String(guest.uid))).toContain(uid);
      expect(rights.Uid).toBe(Array(4).fill(uid).join('\t'));
      expect(rights.Gid).toBe(Array(4).fill(uid).join('\t'));
      const { Groups, CapInh, CapPrm, CapEff, CapBnd, CapAmb, NoNewPrivs } = rights;
      expect([Groups, CapInh, CapPrm, CapEff, CapBnd, CapAmb, NoNewPrivs]).toEqual([
        '',
        ...Array(5).fill(nothing),
        '1',
      ]);
    }
    expect(new Set(machines?.map(({ rights }) => rights.Uid)).size).toBe(2);
  });

  test('the running ones have none either, and a filter for system calls', () => {
    for (const { uid, uuid } of plan.guests) {
      const pid =
        readdirSync('/proc').find((name) => /^\d+$/.test(name) && commandLine(name).includes(uuid)) ?? '';
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      expect(status).toMatch(new RegExp(`^Uid:(\t${uid}){4}$`, 'm'));
      for (const set of ['CapEff', 'CapPrm', 'CapBnd', 'CapAmb'])
        expect(status).toContain(`${set}:\t${nothing}`);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      expect(status).toMatch(/^Seccomp:\t2$/m);
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toMatch(
        /^PATH=[^\0]*\0(?:PWD=[^\0]*\0|OLDPWD=[^\0]*\0|_=[^\0]*\0)*$/,
      );
    }
  });

  test('none is told a secret, in arguments or environment; nor does labnet say one', () => {
    const key = readFileSync(vmPaths(roots, 'real', 'one').hostKey, 'utf8').split('\n')[2] ?? '';
    const random = readFileSync(vmPaths(roots, 'real', 'two').password, 'utf8').trim();
    expect([key.length > 40, /^[0-9a-f]{16}$/.test(random)]).toEqual([true, true]);
    const starts = record.starts();
    expect(starts.length).toBeGreaterThan(60);
    const { journal: path, plan: planPath } = labPaths(roots, 'real');
    const places = {
      arguments: starts.map(({ argv }) => argv.join(' ')),
      environments: starts.map(({ environment }) => environment),
      verbose: said,
      journal: [readFileSync(path, 'utf8')],
      plan: [readFileSync(planPath, 'utf8')],
      scripts: [planScript(plan), undoScript(plan), JSON.stringify(plan)],
      logs: plan.guests.map(({ name }) => readFileSync(vmPaths(roots, 'real', name).qemuLog, 'utf8')),
      processes: readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map(commandLine),
    };
    for (const [place, texts] of Object.entries(places)) {
      expect(texts.join('').length, place).toBeGreaterThan(place === 'logs' ? -1 : 100);
      for (const secret of [canary, key, random, 'OPENSSH PRIVATE'])
        expect(
          texts.some((one) => one.includes(secret)),
          `${secret} in ${place}`,
        ).toBe(false);
    }
    // And where it belongs, it is.
    const { seed, password } = vmPaths(roots, 'real', 'one');
    expect(readFileSync(password).includes(canary)).toBe(true);
    expect(readFileSync(seed, 'latin1')).toMatch(/hashed_passwd: "\$6\$\w+\$/);
    expect(readFileSync(seed).includes(canary)).toBe(false);
  });
});

/** In the lab's own directories; paths as seen from there. */
function possible(uid: number): readonly string[] {
  return tryAs(uid, [roots.state, roots.run]).map((line) => line.replace(`${base}/`, ''));
}

describe('under umask 000', () => {
  const open = [
    'list state/images',
    'read state/images/empty.qcow2',
    // What the kernel's own settings were: sysctl(8) shows them to everybody.
    'read run/real/settings.conf',
    // Public keys, of which the name says it.
    'read state/labs/real/id_ed25519.pub',
  ];

  test.each([65_534, 1_001, 1_899_999_999])(
    'uid %i can read nothing of the lab but what is public',
    (uid) => {
      // The test has made the state directory and the store itself.
      expect(possible(uid).filter((one) => !open.includes(one))).toEqual([]);
    },
  );

  test('a VM’s uid can reach its own files, and none of the other’s; of its own neither password nor host key', () => {
    for (const [own, other] of [
      ['one', 'two'],
      ['two', 'one'],
    ] as const) {
      const uid = plan.guests.find(({ name }) => name === own)?.uid ?? 0;
      const able = possible(uid);
      expect(able.filter((line) => line.includes(`/real/${other}`))).toEqual([]);
      expect(
        able.filter((line) =>
          /password|host_ed25519_key$|id_ed25519$|journal|plan\.json|known_hosts/.test(line),
        ),
      ).toEqual([]);
      const files = able
        .filter((line) => line.includes(`/real/${own}/`))
        .map((line) => line.replace(/\S+\//, ''));
      expect(files.filter((line) => line.startsWith('read')).sort()).toEqual(
        [
          'read console.log',
          'read channel.sock',
          'read console.sock',
          'read qmp.sock',
          `read sda-${own}.qcow2`,
          'read seed.iso',
          'read ssh_host_ed25519_key.pub',
        ].sort(),
      );
    }
  });

  test.each([
    ['a link in the place of its host key', ['ln', '-sf', '/etc/shadow'], 'hostKey'],
    ['its seed out of the way', ['rm', '-f'], 'seed'],
    ['a file of its own beside its disk', ['touch'], 'seedSources'],
  ] as const)('a VM’s uid cannot put %s, where root reads', (_, command, file) => {
    const uid = String(plan.guests[0]?.uid);
    const path = vmPaths(roots, 'real', 'one')[file];
    const asVm = ['--reuid', uid, '--regid', uid, '--clear-groups', '--', ...command, path];
    expect(() => execFileSync('setpriv', asVm, { stdio: ['ignore', 'ignore', 'pipe'] })).toThrow(
      /Permission denied/,
    );
  });

  test('the user behind sudo gets the key to enter and the host keys, and nothing else', () => {
    const able = possible(facts.invoker).filter((line) => !open.includes(line));
    expect(able.sort()).toEqual([
      'read state/labs/real/id_ed25519',
      'read state/labs/real/known_hosts',
      'write state/labs/real/id_ed25519',
      'write state/labs/real/id_ed25519.pub',
      'write state/labs/real/known_hosts',
    ]);
  });
});

describe('export', () => {
  test('follows no link that stands in the place of a disk', async () => {
    for (const { uid, uuid } of plan.guests)
      for (const { pid } of (await host.processes()).filter(
        ({ argv, uid: own }) => own === uid && argv.includes(uuid),
      ))
        await host.kill(pid, 'SIGKILL');
    const { disk } = vmPaths(roots, 'real', 'two');
    const secret = join(base, 'of-root');
    await host.write(secret, 'of root alone', { mode: 0o600 });
    rmSync(disk);
    symlinkSync(secret, disk);
    const context = {
      host,
      roots,
      uid: 0,
      env: {},
      signal: new AbortController().signal,
      interactive: false,
      terminal: false,
      progress: silent,
      program: [],
      options: { json: false, quiet: true, verbose: false, yes: true, wait: 0, patience: 1 },
      say: () => {},
    };
    for (const flatten of [false, true]) {
      const out = join(base, `out-${flatten}`);
      await expect(exportLab('real', { out, flatten }, context)).rejects.toThrow(
        /Permission denied|No such file/,
      );
      expect(existsSync(out)).toBe(false);
    }
    expect(await host.list(roots.cache)).toEqual([]);
  });
});

test('every kind of resource that is a file or a process was there', () => {
  expect(new Set(specsOf(plan).map(({ kind }) => kind)).size).toBeGreaterThan(12);
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
