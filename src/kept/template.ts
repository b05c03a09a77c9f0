/**
 * A template: an image's first boot, saved when all is loaded and the VM does not know yet who it is. What boots is a
 * VM as the lab's own, its NIC and its seed connected to nothing; the gate (guest/gate) keeps cloud-init from running.
 */

import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { uidOn } from '../ground-kind.ts';
import { keepConsole, withConsoleLog } from '../host/console-log.ts';
import type { Host } from '../host/host.ts';
import { readFileStart } from '../host/plain-file.ts';
import { tied } from '../host/tied.ts';
import { unprivileged } from '../host/unprivileged.ts';
import { readCpuModel } from '../observe/resources.ts';
import { qemuCommand } from '../qemu/command-line.ts';
import type { MachineCommand } from '../qemu/machine-command.ts';
import { plugCpus } from '../qemu/plug-cpus.ts';
import { qemuVersion } from '../qemu/qemu-version.ts';
import { saveState } from '../qemu/save-state.ts';
import type { MachineSpec } from '../resource/machine.ts';
import type { OverlaySpec } from '../resource/overlay.ts';
import { gateArchive, gateDigest } from './gate.ts';
import { reachGate } from './reach-gate.ts';

/**
 * The uid of a template's QEMU: in labnet's range, below the first lab's uids and those of the accelerator's probe and
 * of images.
 */
const templateUid = 1_899_999_997;

/** Milliseconds that a boot may take, and those for what the guest still does when the gate is reached. */
const patienceMs = { kvm: 180_000, tcg: 600_000 };
const settleMs = 500;

/** The uuid of a template's QEMU, which no VM has. */
const uuid = '00000000-0000-0000-0000-000000000000';

/** The VM that a template is made for, as the plan has it. */
export interface TemplateSource {
  readonly machine: MachineSpec;
  readonly disk: OverlaySpec;
}

/** The files of a template in its directory. */
export const templateFiles = (directory: string) => ({
  /** The memory as the guest sees it, from its first byte to its last. */
  memory: `${directory}/template.memory`,
  /** The state of the devices, as QEMU writes it. */
  state: `${directory}/template.state`,
  disk: `${directory}/template.disk`,
  console: `${directory}/template.state.console`,
});

/**
 * Names all that a template is made from: image, kernel, hardware, the gate, QEMU's version, under KVM the host's CPU.
 */
export async function templateKey(source: TemplateSource, host: Host): Promise<string> {
  const { accelerator } = source.machine.command;
  const content = {
    qemu: await qemuVersion(host),
    cpu: accelerator === 'kvm' ? await readCpuModel(host) : [],
    gate: gateDigest(),
    // The command is without the paths and names of any VM.
    command: templateCommand(source.machine.command, '/', '/initrd'),
    initrd: source.machine.command.direct?.initrd,
    backing: source.disk.backing,
    size: source.disk.size,
  };
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function templateCommand(machine: MachineCommand, directory: string, initrd: string): readonly string[] {
  const { direct } = machine;
  const command = {
    ...machine,
    name: 'labnet-template',
    uuid,
    mac: '02:00:00:00:00:00',
    disk: `${directory}/disk`,
    qmp: `${directory}/qmp.sock`,
    console: `${directory}/console.sock`,
    channel: machine.channel && `${directory}/channel.sock`,
    consoleLog: `${directory}/console.log`,
    direct: direct && { ...direct, initrd },
  };
  return qemuCommand(command, 'template');
}

/** Where and how a template is made. */
export interface MakeTemplate {
  /** Directory for what is needed while it is made. */
  readonly scratch: string;
  /** A new directory, root's alone, that takes the files. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/**
 * Boots a VM up to the gate and saves it. Its QEMU ends with labnet, however that ends.
 *
 * @throws LabnetError failed when the guest does not reach the gate, with the end of its console
 */
export async function makeTemplate(
  { machine, disk }: TemplateSource,
  { scratch, directory, signal }: MakeTemplate,
  host: Host,
): Promise<void> {
  const { command, kvmGroup } = machine;
  if (command.direct === undefined) throw new Error('a template wants a kernel of its own');
  const work = await host.temporaryDirectory(scratch);
  const files = templateFiles(directory);
  let pid: number | undefined;
  try {
    const at = (name: string) => `${work.path}/${name}`;
    const uid = uidOn(host.ground, templateUid);
    const [vm, boot, place] = [at('vm'), at('boot'), at('view')];
    const [initrd, qmp] = [`${boot}/initrd`, `${vm}/qmp.sock`];
    await host.makeDirectory(vm, { mode: 0o700, uid });
    await host.makeDirectory(boot, { mode: 0o711 });
    await host.makeDirectory(place, { mode: 0o700 });
    await host.write(initrd, await withGate(command.direct.initrd, host), { mode: 0o644 });
    const overlay = ['-q', '-f', 'qcow2', '-F', 'qcow2', '-b', disk.backing, `${vm}/disk`, String(disk.size)];
    await host.run(unprivileged(uid, ['qemu-img', 'create', ...overlay]));
    await host.write(at('vm/console.log'), '', { mode: 0o600, uid });
    await host.write(files.memory, '', { mode: 0o600, uid });
    const groups = kvmGroup === undefined ? [] : [kvmGroup];
    const qemu = withConsoleLog(at('vm/console.log'), uuid, templateCommand(command, vm, initrd));
    const argv = tied(unprivileged(uid, qemu, { groups, root: place }));
    const ready = { path: qmp, seconds: 30 };
    const kernels = [dirname(disk.backing), dirname(command.direct.kernel), boot];
    const devices = command.accelerator === 'kvm' ? (['kvm'] as const) : [];
    const view = { place, own: [vm], read: [...new Set(kernels)], devices };
    pid = await host.spawn(argv, {
      ready,
      log: at('log'),
      stdinText: keepConsole,
      shared: files.memory,
      view,
    });
    const limit = patienceMs[command.accelerator];
    // Clones are given their CPUs before they run: the template must have got its own the same way.
    await plugCpus(qmp, host);
    await host.qmp(qmp, 'cont');
    await reachGate(at('vm/console.log'), { pid, limit, signal }, host);
    await sleep(settleMs);
    await host.qmp(qmp, 'stop');
    const { memory } = command;
    const saving = {
      vm: 'the template',
      qmp,
      uid,
      memory,
      socket: at('vm/save.sock'),
    };
    await saveState({ ...saving, apart: true, file: files.state, signal }, host);
    const own = { mode: 0o600, ownedBy: uid };
    await host.copy(at('vm/disk'), files.disk, own);
    await host.copy(at('vm/console.log'), files.console, own);
  } finally {
    if (pid !== undefined) await end(pid, host);
    work.remove();
  }
  await closeMemory(files.memory, host);
}

/**
 * Closes the file of a template's memory, once the QEMU that wrote it has ended. The file has its full length from the
 * beginning on: only a sync tells that it is whole.
 */
async function closeMemory(file: string, host: Host): Promise<void> {
  await host.run(['chown', '0:0', file]);
  // A file system may have no holes (fallocate(1)).
  await host.run(['fallocate', '--dig-holes', file], { accept: [0, 1] });
  await host.run(['sync', file]);
}

/**
 * The image's initrd with the gate's archive behind it: the kernel unpacks one archive after the other
 * (driver-api/early-userspace/buffer-format).
 */
async function withGate(initrd: string, host: Host): Promise<Uint8Array> {
  const size = (await host.stat(initrd))?.size ?? 0;
  return Buffer.concat([await readFileStart(initrd, size), gateArchive()]);
}

/** Kills a template's QEMU if it still runs: nothing in its VM is worth a shutdown. */
async function end(pid: number, host: Host): Promise<void> {
  if (await host.waitForExit(pid, 0)) return;
  await host.kill(pid, 'SIGKILL');
  await host.waitForExit(pid, 10_000);
}
