/** What becomes of guests that show no kernel under KVM. The host is in memory; the consoles are files, as they are followed. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyOne } from '../../../src/engine/apply.ts';
import { labOfSize } from '../../../src/lab/validate.ts';
import { type Roots, vmPaths } from '../../../src/paths.ts';
import { type Plan, specsOf } from '../../../src/plan/plan.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { silent } from '../../../src/progress/progress.ts';
import type { BootPatience } from '../../../src/qemu/patience.ts';
import { bootSteps } from '../../../src/runs/boot-steps.ts';
import { facts } from '../../fakes/facts.ts';
import { openRun } from '../../fakes/lab-run.ts';
import { MemoryHost } from '../../fakes/memory-host.ts';
import { trappedWorld } from '../../fakes/trapped-world.ts';

const kvm = { ...facts, accelerator: 'kvm', kvmGroup: 104 } as const;
let roots: Roots;

beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), 'labnet-boot-'));
  roots = { state: join(directory, 'state'), run: join(directory, 'run'), cache: join(directory, 'cache') };
});
afterEach(() => rmSync(dirname(roots.state), { recursive: true }));

/** A console's text, by the accelerator a VM is started with. */
type Consoles = Readonly<Record<'kvm' | 'tcg', (instanceId: string) => string>>;

const boots = (instanceId: string) => `Linux version 5.10\nlabnet-ready ${instanceId}\n`;
const hangs = () => 'SeaBIOS\n';

const usual: BootPatience = {
  kvm: 10_000,
  tcg: 10_000,
  kernel: { kvm: 100, tcg: 5_000 },
  cloudInit: { kvm: 200, tcg: 300 },
};

/** Boots a lab of one VM. @returns what was told, and the accelerators in the order of starting */
async function boot(consoles: Consoles, changes: Partial<BootPatience> = {}) {
  const patience = { ...usual, ...changes };
  const image = { ...facts.image, name: 'debian-11', path: `${roots.state}/images/debian-11.qcow2` };
  const plan: Plan = planLab({
    lab: labOfSize(1, { sandbox: false }),
    facts: { ...kvm, image },
    roots,
    date: 1_700_000_000,
  });
  const { consoleLog } = vmPaths(roots, plan.lab, 'vm1');
  mkdirSync(dirname(consoleLog), { recursive: true });
  const world = trappedWorld();
  for (const path of [`${roots.state}/images`, `${roots.state}/labs/lab`, roots.run]) {
    world.files.makeDirectory(path, 0o755);
  }
  world.files.write(image.path, 'base image', 0o444);
  const started: string[] = [];
  const host = new MemoryHost(world);
  const spawn = host.spawn.bind(host);
  host.spawn = (argv, options) => {
    const accelerator = argv.includes('kvm') ? 'kvm' : 'tcg';
    started.push(accelerator);
    writeFileSync(consoleLog, consoles[accelerator](plan.guests[0]?.instanceId ?? ''));
    return spawn(argv, options);
  };
  const run = await openRun(plan.lab, host);
  for (const spec of specsOf(plan)) await applyOne(spec, run);
  const told: string[] = [];
  const ready: string[] = [];
  const steps = bootSteps(plan, {
    ...run,
    roots,
    signal: new AbortController().signal,
    onReady: (vm) => ready.push(vm),
    onRestart: async (vm, reason) => {
      told.push(`${vm}: ${reason}`);
    },
    patience,
  });
  const error = await silent.steps('VMs', steps, 'at once').catch((reason: unknown) => reason);
  return { started, told, ready, error, machine: run.journal.find('machine:vm1') };
}

test('a guest whose kernel speaks is left with KVM', async () => {
  const { started, told, ready, error } = await boot({ kvm: boots, tcg: boots });
  expect({ started, told, ready, error }).toEqual({
    started: ['kvm'],
    told: [],
    ready: ['vm1'],
    error: undefined,
  });
});

test('one whose kernel does not is started again under TCG, and the reason is told', async () => {
  const { started, told, ready, error, machine } = await boot({ kvm: hangs, tcg: boots });
  expect({ started, ready, error }).toEqual({ started: ['kvm', 'tcg'], ready: ['vm1'], error: undefined });
  expect(told).toEqual([
    'vm1: no kernel showed itself under KVM within 0.1 s; started again under TCG, which is many times slower',
  ]);
  expect(machine).toMatchObject({ spec: { command: { accelerator: 'tcg' } }, record: {} });
});

test('one that hangs under TCG too is not started a third time', async () => {
  const { started, ready, error } = await boot(
    { kvm: hangs, tcg: hangs },
    { kernel: { kvm: 100, tcg: 200 } },
  );
  expect({ started, ready }).toEqual({ started: ['kvm', 'tcg'], ready: [] });
  expect(error).toMatchObject({
    code: 'failed',
    message: expect.stringMatching(/no line of a kernel within 0\.2 s: .*console=ttyS0, in phase firmware/),
  });
});

test('one that hangs after its kernel has spoken is no case for TCG', async () => {
  const { started, error } = await boot({ kvm: () => 'Linux version 5.10\n', tcg: boots }, { kvm: 400 });
  expect(started).toEqual(['kvm']);
  expect(error).toMatchObject({ code: 'failed', message: expect.stringContaining('in phase kernel') });
});

const login = 'Linux version 5.10\r\n\r\nDebian GNU/Linux 12 debian ttyS0\r\n\r\ndebian login: ';

test('one that asks for a name, and whose cloud-init says nothing, is told to lack that, with what to do', async () => {
  const { started, ready, error } = await boot({ kvm: () => login, tcg: boots });
  expect({ started, ready }).toEqual({ started: ['kvm'], ready: [] });
  expect(error).toMatchObject({
    code: 'failed',
    message: expect.stringMatching(
      /: the guest has booted to a login prompt, and its cloud-init says nothing: .*not installed .* or switched off/,
    ),
    hint: expect.stringMatching(/\/etc\/cloud\/cloud-init\.disabled.*sudo labnet image build debian-12/),
  });
});

test('one whose cloud-init has shown itself, or does so later, is waited for', async () => {
  const late = "debian login: [   40.1] cloud-init[250]: Cloud-init v. 20.4.1 running 'init-local'\r\n";
  const { error } = await boot({ kvm: () => `${login}\r\n${late}`, tcg: boots }, { kvm: 600 });
  expect(error).toMatchObject({ message: expect.stringContaining('no progress for 0.6 s, in phase local') });
});
