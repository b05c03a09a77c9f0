/**
 * Every promise of one guest, checked from the host and from inside. A guest may leave meanwhile, as its lab file told
 * it to: then this is what its probes say.
 */
import { LabnetError } from '../errors.ts';
import { eitherSignal } from '../host/either-signal.ts';
import { readText } from '../host/follow-file.ts';
import type { Host } from '../host/host.ts';
import { type Roots, vmPaths } from '../paths.ts';
import type { Guest, Plan } from '../plan/plan.ts';
import { awaitReady } from '../qemu/await-ready.ts';
import { BootProgress, readySign } from '../qemu/boot-progress.ts';
import { bootPatience, restartsOfItsOwn, wholeLifeMs } from '../qemu/patience.ts';
import { sleeps, standstill, vmState, waits } from '../qemu/vm-state.ts';
import { type Asked, guestProbes } from './guest-probes.ts';
import { consoleWords, leftProbe } from './left.ts';
import { pingFromHost } from './ping.ts';
import type { Probe } from './probe.ts';
import { failedLineProbe, noneBegun } from './run-lines.ts';

/** What proving a guest needs besides the guest and its plan. */
export interface ProveOptions {
  readonly host: Host;
  readonly roots: Roots;
  readonly signal: AbortSignal;
  /** The pid of the guest's QEMU; undefined when that does not run. */
  readonly pid: number | undefined;
  /** Whether the guest goes on from a saved state. */
  readonly restored: boolean;
  /** Whether the guest has just been started: when it restarts as it was told, it is proved afterwards. */
  readonly booted: boolean;
  /** Is told what is waited for, where it takes long. */
  readonly onWait?: ((what: string) => void) | undefined;
}

/** Milliseconds from now in which a planned restart must lie to be waited for (guest/going-down.sh). */
const plannedMs = 600_000;

/**
 * The probes of one guest. One that has ended, or ends meanwhile, has a single probe that says so. What its run lines
 * and its console say is shown without its password.
 */
export async function proveGuest(guest: Guest, plan: Plan, options: ProveOptions): Promise<readonly Probe[]> {
  const probes = await prove(guest, plan, options);
  if (probes.every(({ status }) => status !== 'failed')) return probes;
  const { password } = vmPaths(options.roots, plan.lab, guest.name);
  const secret = ((await options.host.read(password)) ?? '').trim();
  if (secret === '') return probes;
  const hide = (text: string) => text.replaceAll(secret, '*'.repeat(secret.length));
  return probes.map((probe) => ({ ...probe, reason: hide(probe.reason) }));
}

async function prove(guest: Guest, plan: Plan, options: ProveOptions): Promise<readonly Probe[]> {
  const { host, roots, signal, pid } = options;
  const console = async () => {
    const progress = new BootProgress(readySign(guest.instanceId));
    await readText(vmPaths(roots, plan.lab, guest.name).consoleLog, (text) => progress.feed(text));
    return progress;
  };
  if (pid === undefined) return [leftProbe(guest, await console())];
  const stands = await standsStill(guest, plan, { ...options, console });
  if (stands !== undefined) return [stands];
  const over = new AbortController();
  const qemu = new AbortController();
  void host.waitForExit(pid, wholeLifeMs, over.signal).then((ended) => ended && qemu.abort());
  const watched = { ...options, signal: eitherSignal(signal, qemu.signal) };
  try {
    for (let again = 0; ; again += 1) {
      const before = guest.mayLeave ? await console() : new BootProgress(readySign(guest.instanceId));
      if (before.left === 'halted') return [leftProbe(guest, before)];
      const asked = await ask(guest, plan, {
        ...watched,
        console,
        restored: options.restored && again === 0,
      });
      if (!asked.leaves && asked.probes.every(({ status }) => status !== 'failed')) return asked.probes;
      const meanwhile = qemu.signal.aborted
        ? undefined
        : await standsStill(guest, plan, { ...options, console });
      if (meanwhile !== undefined) return [meanwhile];
      const now = await console();
      if (qemu.signal.aborted || now.left === 'halted') return [leftProbe(guest, now)];
      const next = now.restarts + (now.goingDown ? 1 : 0);
      const restarts = asked.leaves ? Math.max(next, before.restarts + 1) : next;
      const isBack = guest.mayLeave && now.restarts > before.restarts;
      const restarting = asked.leaves || isBack || onItsWay(now);
      if (!restarting || again > guest.run.length + restartsOfItsOwn)
        return withFailedLine(withConsole(asked, guest, now), guest, now);
      if (!options.booted) return asked.probes.map((probe) => ({ ...probe, ...restartingSaid(probe, now) }));
      await awaitRestart(guest, plan, { ...watched, restarts, planned: asked.leaves });
    }
  } catch (error) {
    if (signal.aborted || !(error instanceof LabnetError)) throw error;
    const now = await console();
    if (qemu.signal.aborted || now.left !== undefined) return [leftProbe(guest, now)];
    if (error.code !== 'failed') throw error;
    return [{ id: 'host-guest', vm: guest.name, status: 'failed', reason: error.message, ms: 0 }];
  } finally {
    over.abort();
  }
}

/**
 * The failed probe of a VM that QEMU has paused: it answers nothing, and its network is not to blame. Undefined for one
 * that runs.
 */
async function standsStill(
  guest: Guest,
  { lab }: Plan,
  { host, roots, console }: Pick<AskOptions, 'host' | 'roots' | 'console'>,
): Promise<Probe | undefined> {
  const { name } = guest;
  const files = vmPaths(roots, lab, name);
  // A QEMU that another labnet is just speaking with may not answer in time: then the guest itself is asked.
  const state = await vmState(files.qmp, host).catch(() => 'running');
  if (state === 'running') return undefined;
  if (sleeps(state)) return leftProbe(guest, await console(), 'asleep');
  const next = waits(state) ? 'repair lets it go on' : 'destroy, then provision, starts it anew';
  const reason = `${await standstill(state, files, host)}; sudo labnet ${next}`;
  return { id: 'host-guest', vm: name, status: 'failed', reason, ms: 0 };
}

/** The probes, and with that of an ssh that was not let in what the guest's console tells. */
function withConsole({ probes, shut }: Asked, guest: Guest, now: BootProgress): readonly Probe[] {
  if (!shut) return probes;
  return probes.map((probe) =>
    probe.id === 'ssh' ? { ...probe, reason: `${probe.reason}${consoleWords(guest, now)}` } : probe,
  );
}

/**
 * The probes, with that of a run line which has failed by the console where the guest could not be asked for it, or has
 * lost its notes.
 */
function withFailedLine(
  probes: readonly Probe[],
  guest: Guest,
  { failedLine }: BootProgress,
): readonly Probe[] {
  const noted = probes.find(({ id }) => id === 'run');
  const isKnown = noted !== undefined && noted.reason !== noneBegun(guest);
  if (failedLine === undefined || failedLine.count !== guest.run.length || isKnown) return probes;
  return [...probes.filter((probe) => probe !== noted), failedLineProbe(guest, failedLine)];
}

interface AskOptions extends ProveOptions {
  readonly console: () => Promise<BootProgress>;
}

async function ask(guest: Guest, plan: Plan, { console, ...options }: AskOptions): Promise<Asked> {
  const reach = await pingFromHost(guest, plan, options);
  const now = await console();
  // The kernel of a guest whose boot has failed may answer to ping; its sshd never comes.
  const answers = reach.status === 'passed' && (now.failure === undefined || now.phase === 'ready');
  const expected = answers || onItsWay(now);
  const asked = await guestProbes(guest, plan, { ...options, expected });
  return { ...asked, probes: [reach, ...asked.probes] };
}

/**
 * Waits until a guest that restarts is ready again.
 *
 * @throws LabnetError failed when it does not come back, or leaves for good
 */
async function awaitRestart(
  { name, instanceId, accelerator, run }: Guest,
  { lab }: Plan,
  options: ProveOptions & { readonly restarts: number; readonly planned: boolean },
): Promise<void> {
  const { host, roots, signal, restarts, planned } = options;
  const { left } = await awaitReady({
    log: vmPaths(roots, lab, name).consoleLog,
    instanceId,
    deadlineMs: bootPatience[accelerator] * host.pace + (planned ? plannedMs : 0),
    cloudInitMs: bootPatience.cloudInit[accelerator] * host.pace,
    restarts,
    mostRestarts: run.length + restartsOfItsOwn,
    signal,
    gone: new Promise(() => {}),
    onPhase: () => {},
  });
  if (left !== undefined) throw new LabnetError('failed', `${name} has left`);
}

/** Whether a guest is on its way down or up, so that it may be there soon: not where its boot has failed. */
function onItsWay({ goingDown, restarts, phase, failure }: BootProgress): boolean {
  return goingDown || (restarts > 0 && phase !== 'ready' && failure === undefined);
}

function restartingSaid({ status, reason }: Probe, { phase }: BootProgress): Partial<Probe> {
  const where =
    phase === 'ready'
      ? 'it is about to restart, or to switch itself off'
      : `it restarts, and is in phase ${phase}`;
  return { status: 'failed', reason: status === 'passed' ? where : `${reason}; ${where}` };
}
