import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { type Roots, vmPaths } from '../paths.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import { saveState } from '../qemu/save-state.ts';
import { vmRuns } from '../qemu/vm-state.ts';
import type { MachineSpec } from '../resource/machine.ts';
import { mostToSave, requireFree, withLabs } from './room.ts';
import { closeSaved, savedFile } from './saved-lab.ts';

/** What saving a lab works with. */
export interface SaveContext {
  readonly host: Host;
  readonly roots: Roots;
  readonly signal: AbortSignal;
}

/**
 * Saves a running lab into a new directory: all VMs are paused together, written out side by side, and go on. Whatever
 * fails, the VMs run afterwards and the directory is gone.
 *
 * @param onPaused is told for how many milliseconds the VMs stood still, also where saving has failed
 */
export async function saveLab(
  plan: Plan,
  directory: string,
  key: string,
  context: SaveContext,
  onPaused: (pausedMs: number) => void = () => {},
): Promise<void> {
  const { host } = context;
  const machines = specsOf(plan).filter((spec) => spec.kind === 'machine');
  await host.remove(directory);
  await host.makeDirectory(directory, { mode: 0o700 });
  try {
    const stopped = performance.now();
    try {
      await Promise.all(machines.map(({ command }) => host.qmp(command.qmp, 'stop')));
      const saving = await Promise.allSettled(
        machines.map((machine) => saveVm(machine, plan, directory, context)),
      );
      for (const one of saving) if (one.status === 'rejected') throw one.reason;
    } finally {
      await Promise.all(machines.map(({ command }) => host.qmp(command.qmp, 'cont')));
      onPaused(performance.now() - stopped);
    }
    for (const spec of specsOf(plan)) {
      const to = savedFile(spec, directory);
      if (to === undefined || (spec.kind !== 'key-pair' && spec.kind !== 'password')) continue;
      await host.copy(spec.path, to, { mode: 0o600 });
      if (spec.kind === 'key-pair') await host.copy(`${spec.path}.pub`, `${to}.pub`, { mode: 0o600 });
    }
    await closeSaved(directory, { lab: plan.lab, key }, host);
  } catch (error) {
    await host.remove(directory);
    throw error;
  }
}

/**
 * Refuses a lab in which a VM has not gone on: its QEMU may have ended while it was saved, as where memory is short.
 *
 * @throws LabnetError failed, with the VMs that do not run
 */
export async function requireRunning(plan: Plan, host: Host): Promise<void> {
  const machines = specsOf(plan).filter((spec) => spec.kind === 'machine');
  const running = await Promise.all(machines.map(({ command }) => vmRuns(command.qmp, host)));
  const down = machines.filter((_, index) => !running[index]).map(({ vm }) => vm);
  if (down.length > 0) throw new LabnetError('failed', `no longer running: ${down.join(', ')}`);
}

/**
 * Saves a running lab in the place of an earlier save, which is there, or beside it, until the new one is.
 *
 * @throws LabnetError host-cannot, before anything is written, where there is no room for both
 */
export async function saveAgain(
  plan: Plan,
  directory: string,
  key: string,
  context: SaveContext,
  onPaused?: (pausedMs: number) => void,
): Promise<void> {
  const { host } = context;
  const made = `${directory}.new`;
  await bringEarlierBack(directory, host);
  await host.remove(made);
  await requireFree(await mostToSave(plan, host), `a checkpoint of ${plan.lab}`, withLabs(context.roots));
  await saveLab(plan, made, key, context, onPaused);
  if ((await host.stat(directory)) !== undefined) await move(directory, earlier(directory), host);
  await move(made, directory, host);
  await host.remove(earlier(directory));
}

/** Gives an earlier save its name back where a run was killed between the two moves of `saveAgain`; else removes it. */
export async function bringEarlierBack(directory: string, host: Host): Promise<void> {
  const [now, before] = await Promise.all([host.stat(directory), host.stat(earlier(directory))]);
  if (now === undefined && before !== undefined) await move(earlier(directory), directory, host);
  else await host.remove(earlier(directory));
}

const earlier = (directory: string) => `${directory}.old`;

function move(from: string, to: string, host: Host): Promise<unknown> {
  return host.run(['mv', '--no-target-directory', from, to]);
}

async function saveVm(
  { uid, vm, command }: MachineSpec,
  plan: Plan,
  directory: string,
  { host, roots, signal }: SaveContext,
): Promise<void> {
  const file = `${directory}/${vm}.memory`;
  const socket = vmPaths(roots, plan.lab, vm).save;
  await saveState({ vm, qmp: command.qmp, uid, memory: command.memory, socket, file, signal }, host);
  for (const [from, name] of [
    [command.disk, 'disk'],
    [command.seed, 'seed'],
    [command.consoleLog, 'console'],
  ] as const) {
    const to = name === 'console' ? `${file}.console` : `${directory}/${vm}.${name}`;
    await host.copy(from, to, { mode: 0o600, ownedBy: uid });
  }
}
