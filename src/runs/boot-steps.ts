import type { RunContext } from '../engine/apply.ts';
import { remakeOne } from '../engine/remake.ts';
import { eitherSignal } from '../host/either-signal.ts';
import { type Roots, vmPaths } from '../paths.ts';
import { machineOf, underTcg } from '../plan/accelerator.ts';
import type { Guest, Plan } from '../plan/plan.ts';
import type { Step } from '../progress/progress.ts';
import { awaitReady, type Booted, NoKernel } from '../qemu/await-ready.ts';
import { leftWords } from '../qemu/boot-progress.ts';
import { hasLatecomers } from '../qemu/command-line.ts';
import { type BootPatience, bootPatience, restartsOfItsOwn, wholeLifeMs } from '../qemu/patience.ts';
import { plugCpus } from '../qemu/plug-cpus.ts';
import { isStuck, sleeps, standstill, vmState } from '../qemu/vm-state.ts';

/** Milliseconds from the start of waiting to each phase that was seen. */
export type BootPhases = Readonly<Record<string, number>>;

/** What booting the VMs of a lab needs. */
export interface BootContext extends RunContext {
  readonly roots: Roots;
  readonly signal: AbortSignal;
  /**
   * Is told of each VM that is ready; not of one that has switched itself off or halted, as its run lines may have it
   * do.
   */
  readonly onReady: (vm: string, phases: BootPhases) => void;
  /** Is told of a VM that was started again under TCG, and why. */
  readonly onRestart: (vm: string, reason: string) => Promise<void>;
  readonly patience?: BootPatience;
}

/**
 * Makes one step of each VM, for all at once; its title follows the phases of the boot. When one fails, none is waited
 * for any longer.
 */
export function bootSteps(plan: Plan, context: BootContext): readonly Step[] {
  const failed = new AbortController();
  const signal = eitherSignal(context.signal, failed.signal);
  return plan.guests.map((guest) => ({
    title: `${guest.name}: firmware`,
    work: async (line) => {
      const onPhase = (phase: string) => line.title(`${guest.name}: ${phase}`);
      const booting = bootOne(guest, plan, { ...context, signal }, onPhase);
      booting.catch(() => failed.abort());
      const { phases, left } = await booting;
      if (left === undefined) context.onReady(guest.name, phases);
      else onPhase(leftWords[left]);
    },
  }));
}

/**
 * Waits for the boot of one VM. Some hosts pass the accelerator's probe and still let a kernel hang under KVM: the VM
 * is then started again, once and emulated.
 */
async function bootOne(
  guest: Guest,
  plan: Plan,
  context: BootContext,
  onPhase: (phase: string) => void,
): Promise<Booted> {
  try {
    return await watch(guest, plan, context, onPhase);
  } catch (error) {
    if (!(error instanceof NoKernel) || guest.accelerator === 'tcg') throw error;
    onPhase('no kernel under KVM, starting again under TCG');
    await remakeOne(underTcg(machineOf(guest.name, plan)), context);
    const seconds = ((context.patience ?? bootPatience).kernel.kvm * context.host.pace) / 1000;
    await context.onRestart(
      guest.name,
      `no kernel showed itself under KVM within ${seconds} s; started again under TCG, which is many times slower`,
    );
    return watch({ ...guest, accelerator: 'tcg' }, plan, context, onPhase);
  }
}

async function watch(guest: Guest, plan: Plan, context: BootContext, onPhase: (phase: string) => void) {
  const { host, roots, journal, signal, patience = bootPatience } = context;
  const files = vmPaths(roots, plan.lab, guest.name);
  const { consoleLog: log, qmp } = files;
  const { id, command } = machineOf(guest.name, plan);
  const late = hasLatecomers({ ...command, accelerator: guest.accelerator });
  const pid = Number(journal.find(id)?.record?.pid);
  const over = new AbortController();
  const gone = host.waitForExit(pid, wholeLifeMs, over.signal);
  try {
    const booted = await awaitReady({
      log,
      instanceId: guest.instanceId,
      deadlineMs: patience[guest.accelerator] * host.pace,
      kernelMs: patience.kernel[guest.accelerator] * host.pace,
      cloudInitMs: patience.cloudInit[guest.accelerator] * host.pace,
      byFirmware: command.direct === undefined,
      mostRestarts: guest.run.length + restartsOfItsOwn,
      standsStill: async () => {
        const state = await vmState(qmp, host).catch(() => 'unknown');
        if (sleeps(state)) return 'asleep';
        return isStuck(state) ? { cause: await standstill(state, files, host) } : undefined;
      },
      signal,
      onPhase,
      // Settles only when the process has ended: a deadline or an abort is somebody else's to tell.
      gone: gone.then((ended) => (ended ? undefined : new Promise<void>(() => {}))),
    });
    if (late && booted.left === undefined) await plugCpus(qmp, host);
    return booted;
  } finally {
    over.abort();
  }
}
