import type { Journal } from '../engine/journal.ts';
import type { Host } from '../host/host.ts';
import { type Roots, vmPaths } from '../paths.ts';
import { type Guest, type Plan, specsOf } from '../plan/plan.ts';
import { awaitReady } from '../qemu/await-ready.ts';
import { hasLatecomers } from '../qemu/command-line.ts';
import { plugCpus } from '../qemu/plug-cpus.ts';
import type { Task } from './list.ts';

/** Milliseconds from the start of waiting to each phase that was seen. */
export type BootPhases = Readonly<Record<string, number>>;

export interface BootContext {
  readonly host: Host;
  readonly roots: Roots;
  readonly journal: Journal;
  readonly signal: AbortSignal;
  readonly onReady: (vm: string, phases: BootPhases) => void;
}

/** Milliseconds a guest may take. Software emulation of many guests on few cores is slow, and slow is no failure. */
const patience = { kvm: 180_000, tcg: 900_000 };

/** One task a VM, all at once; its title follows the phases of the boot. */
export function bootTasks(plan: Plan, context: BootContext): readonly Task[] {
  return plan.guests.map((guest) => ({
    title: `${guest.name}: firmware`,
    task: async (_, task) => {
      const phases = await bootOne(guest, plan, context, (phase) => {
        task.title = `${guest.name}: ${phase}`;
      });
      context.onReady(guest.name, phases);
    },
  }));
}

async function bootOne(guest: Guest, plan: Plan, context: BootContext, onPhase: (phase: string) => void) {
  const { host, roots, journal, signal } = context;
  const { consoleLog: log, qmp } = vmPaths(roots, plan.lab, guest.name);
  const spec = specsOf(plan).find(({ id }) => id === `machine:${guest.name}`);
  const late = spec?.kind === 'machine' && hasLatecomers(spec.command);
  const pid = Number(journal.find(`machine:${guest.name}`)?.record?.pid);
  const over = new AbortController();
  const deadlineMs = patience[guest.accelerator];
  const gone = host.waitForExit(pid, deadlineMs + 1_000, over.signal);
  try {
    const phases = await awaitReady({
      log,
      instanceId: guest.instanceId,
      deadlineMs,
      signal,
      onPhase,
      // Settles only when the process has ended: a deadline or an abort is somebody else's to tell.
      gone: gone.then((ended) => (ended ? undefined : new Promise<void>(() => {}))),
    });
    if (late) await plugCpus(qmp, host);
    return phases;
  } finally {
    over.abort();
  }
}
