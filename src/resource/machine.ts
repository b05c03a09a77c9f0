import { dirname } from 'node:path';
import { findProcess } from '../action/stop-process.ts';
import { messageOf } from '../errors.ts';
import { keepConsole, withConsoleLog } from '../host/console-log.ts';
import { holdsNamespace } from '../host/namespace.ts';
import type { Scope } from '../host/scope.ts';
import { unprivileged } from '../host/unprivileged.ts';
import type { View } from '../host/view.ts';
import { readLink } from '../observe/links.ts';
import { hasLatecomers, qemuCommand } from '../qemu/command-line.ts';
import { crowdOf, type MachineCommand } from '../qemu/machine-command.ts';
import { standstill, vmState, waits } from '../qemu/vm-state.ts';
import { absent, oursUnless, type ResourceType, type Saved, type SpecBase } from './resource-type.ts';

/**
 * One VM's QEMU process. With `saved` it goes on where that was saved: its memory and devices are there, its console at
 * `saved`.console.
 */
export interface MachineSpec extends SpecBase, Saved {
  readonly kind: 'machine';
  readonly vm: string;
  /**
   * `saved` is a template, a VM that did not know yet who it is: this one goes on from the template's memory, which it
   * shares with other clones as long as it does not change it, and from a copy of the template's disk, with a NIC and a
   * seed of its own.
   */
  readonly clone?: { readonly disk: string; readonly memory: string } | undefined;
  readonly uid: number;
  /** Group that may open /dev/kvm. */
  readonly kvmGroup?: number | undefined;
  readonly command: MachineCommand;
  readonly log: string;
  /** What QEMU sees of the host's file system. */
  readonly view: View;
  readonly namespace?: string | undefined;
  readonly scope?: Scope | undefined;
}

/** A labnet before 0.3 noted the sums, which are kept: the keys of labs that it has kept go by them. */
type WithSums = MachineCommand & { readonly hostCpus?: number; readonly totalGuestCpus?: number };

function crowdedOf({ cpus, crowded, hostCpus, totalGuestCpus }: WithSums): MachineCommand['crowded'] {
  if (hostCpus === undefined || totalGuestCpus === undefined) return crowded;
  return crowdOf(cpus, totalGuestCpus, hostCpus);
}

/** A labnet before 0.3 gave its QEMUs no view; images were where labs are, STATE/labs/LAB/VM/sda-VM.qcow2. */
type WithoutView = Omit<MachineSpec, 'view'> & { readonly privateTun?: boolean };

function viewOfBefore({ command, privateTun }: WithoutView): View {
  const images = `${dirname(dirname(dirname(dirname(command.disk))))}/images`;
  return viewOf(command, `${dirname(command.qmp)}.view`, images, privateTun === true);
}

/** What a VM's QEMU sees: its own directories, those of base images, and its devices. */
export function viewOf(
  { disk, qmp, accelerator, direct }: MachineCommand,
  place: string,
  images: string,
  newTun: boolean,
): View {
  const boot = direct === undefined ? [] : [dirname(direct.kernel), dirname(direct.initrd)];
  return {
    place,
    own: [dirname(disk), dirname(qmp)],
    read: [...new Set([images, ...boot])],
    devices: [...(accelerator === 'kvm' ? (['kvm'] as const) : []), newTun ? 'new tun' : 'tun'],
  };
}

export const machine: ResourceType<MachineSpec> = {
  kind: 'machine',
  upgrade: (spec) => ({
    ...spec,
    view: spec.view ?? viewOfBefore(spec),
    command: { ...spec.command, crowded: crowdedOf(spec.command) },
  }),
  why: ({ vm, command }) =>
    `the VM ${vm} itself: QEMU with ${command.cpus} CPUs and ${command.memory} MiB, without any right of root${
      hasLatecomers(command)
        ? '; it boots with one CPU and gets the others (QMP device_add) when it is ready'
        : ''
    }`,
  create: ({ uid, kvmGroup, command, log, view, namespace, scope, saved, clone }) => [
    ...(clone === undefined
      ? []
      : [{ do: 'copy-file', from: clone.disk, to: command.disk, mode: 0o600, uid } as const]),
    // The console log tells when the guest is ready: it must begin with this boot.
    saved === undefined
      ? { do: 'write-file', path: command.consoleLog, content: '', mode: 0o600, uid }
      : { do: 'copy-file', from: `${saved}.console`, to: command.consoleLog, mode: 0o600, uid },
    // A killed QEMU leaves its socket, which would pass for the new one's.
    { do: 'remove', path: command.qmp },
    { do: 'make-directory', path: view.place, mode: 0o700, uid: 0 },
    {
      do: 'spawn',
      namespace,
      argv: unprivileged(
        uid,
        withConsoleLog(command.consoleLog, command.uuid, [
          ...qemuCommand(command, clone === undefined ? 'whole' : 'clone'),
          ...(saved === undefined ? [] : ['-incoming', 'defer']),
        ]),
        { groups: kvmGroup === undefined ? [] : [kvmGroup], root: view.place },
      ),
      stdinText: keepConsole,
      input: saved,
      sealed: clone?.memory,
      ready: { path: command.qmp, seconds: 30 },
      log,
      view,
      scope,
    },
    ...(saved === undefined
      ? []
      : [
          {
            do: 'load-state',
            qmp: command.qmp,
            lateCpus: hasLatecomers(command),
            ...(clone === undefined ? {} : { memoryApart: true }),
          } as const,
        ]),
  ],
  repair: (spec, { state, plugged }) => {
    const { uid, command } = spec;
    const process = { uuid: command.uuid, uid, qmp: command.qmp };
    if (plugged === false)
      return [{ do: 'stop-process', ...process, gently: state === 'running' }, ...machine.remove(spec)];
    return waits(state) ? [{ do: 'continue', ...process }] : [];
  },
  remove: ({ uid, command, view }) => [
    { do: 'stop-process', uuid: command.uuid, uid, qmp: command.qmp },
    { do: 'remove', path: command.qmp },
    { do: 'remove', path: command.console },
    ...(command.channel === undefined ? [] : [{ do: 'remove', path: command.channel } as const]),
    // Not before: what is mounted there goes with it (rmdir(2)).
    { do: 'remove', path: view.place },
  ],
  // Neither what QEMU is told besides, nor what the host has, is the user's wish; so neither is the accelerator.
  wish: ({ vm, uid, namespace, command }) => ({
    ...{ vm, uid, namespace },
    ...{ cpus: command.cpus, memory: command.memory, nic: command.nic, bus: command.bus },
    ...{ mac: command.mac, tap: command.tap, disk: command.disk, seed: command.seed },
    kernel: command.direct?.kernel,
  }),
  async inspect({ uid, command, namespace }, { host }) {
    const process = await findProcess(command.uuid, uid, host);
    if (process === undefined) return absent;
    const state = await vmState(command.qmp, host).catch(messageOf);
    // Afterwards: a QEMU that answers has opened its tap. One that is down tells nothing: it shows no carrier either way.
    const tap = (await holdsNamespace(namespace, host))
      ? await readLink(host, command.tap, namespace)
      : undefined;
    const plugged = tap !== undefined && (!tap.up || tap.carrier);
    return oursUnless(
      [
        ...(state === 'running' ? [] : [await standstill(state, command, host)]),
        ...(plugged ? [] : [`QEMU has lost the VM's network cable ${command.tap}`]),
      ],
      {
        pid: process.pid,
        startTime: process.startTime,
        ...(plugged && state === 'running' ? {} : { state, plugged }),
      },
    );
  },
};
