import { LabnetError, throwIfInterrupted } from '../errors.ts';
import { followFile } from '../host/follow-file.ts';
import { BootProgress, type Left, type LineAtWork, readySign } from './boot-progress.ts';
import { type End, whatToDo, whyNotReady } from './why-not-ready.ts';

/** Which guest is waited for, and how long. */
export interface AwaitReady {
  /** The path of the console's log. */
  readonly log: string;
  readonly instanceId: string;
  /**
   * Milliseconds without progress; they count anew from each phase, from each end of a run line, and from each line
   * that cloud-init's last stages say, in which packages come over a network of any speed. They do not pass while a run
   * line is at work: how long it may take is its author's business.
   */
  readonly deadlineMs: number;
  /** Milliseconds to the first line of a kernel; as many as `deadlineMs` when left out. */
  readonly kernelMs?: number | undefined;
  /**
   * Milliseconds from a login prompt until cloud-init shows itself in a boot in which it has not; as many as
   * `deadlineMs` when left out.
   */
  readonly cloudInitMs?: number | undefined;
  /** Whether the firmware looks for a boot loader on the disk; otherwise QEMU starts the kernel itself. */
  readonly byFirmware?: boolean | undefined;
  /** How often the guest must have restarted, by its whole console, before it counts as ready; 0 when left out. */
  readonly restarts?: number | undefined;
  /** How often the guest may restart without being ready; 5 when left out. */
  readonly mostRestarts?: number | undefined;
  /**
   * Asked again and again while the console is silent, once a kernel has shown itself: whether the guest sleeps, or
   * what stands in the way of one that will not go on, for people; undefined when nothing does.
   */
  readonly standsStill?: (() => Promise<Standstill | undefined>) | undefined;
  /** Milliseconds of silence before `standsStill` is asked each time; 10,000 when left out. */
  readonly silentMs?: number | undefined;
  /** Milliseconds after which it is told again, and again, that a run line is still at work; a minute when left out. */
  readonly signMs?: number | undefined;
  readonly signal: AbortSignal;
  /** Resolves when QEMU has ended. */
  readonly gone: Promise<void>;
  readonly onPhase: (phase: string) => void;
}

/** Why a guest says nothing more: it has put itself to sleep, or something has stopped it. */
export type Standstill = 'asleep' | { readonly cause: string };

/**
 * How a wait ended: milliseconds from its start to each phase, of the last boot, in their order, with `firmware` where a
 * restart began that boot; and whether the guest has left by itself.
 */
export interface Booted {
  readonly phases: Readonly<Record<string, number>>;
  readonly left: Left | undefined;
}

/**
 * The error of a guest that did not say that it is ready, though no run line of its own had begun and QEMU had not
 * stopped it.
 */
export class NotReady extends LabnetError {}

/**
 * The error of a guest that showed no line of a kernel by the deadline for it: the firmware's CPU may run, and the
 * kernel's not; or there is no kernel.
 */
export class NoKernel extends NotReady {}

/**
 * Waits until the guest says on its console that it is ready, also through restarts, or until it has left by itself.
 *
 * @throws NoKernel at the deadline for the kernel
 * @throws NotReady with the cause: what was awaited, the phase that was reached, and the console's tail
 * @throws LabnetError failed, the same, once a run line has begun, or where QEMU does not run the VM
 */
export async function awaitReady(wait: AwaitReady): Promise<Booted> {
  const { log, instanceId, deadlineMs, kernelMs = deadlineMs, restarts = 0, mostRestarts = 5 } = wait;
  const { byFirmware = false, standsStill, silentMs = 10_000, signMs = 60_000, signal, gone, onPhase } = wait;
  const { cloudInitMs = deadlineMs } = wait;
  const started = performance.now();
  let reached: Record<string, number> = {};
  const progress = new BootProgress(readySign(instanceId));
  const over = new AbortController();
  let end: End | undefined;
  const stop = (why: End) => {
    end ??= why;
    over.abort();
  };
  let timer: NodeJS.Timeout | undefined;
  let signs: NodeJS.Timeout | undefined;
  let since = '';
  /** Sets the deadline anew where something has begun that may take as long again. */
  const setDeadline = () => {
    const { line, linesOfWork } = progress;
    const now = `${progress.restarts} ${progress.phase} ${line?.number} ${line?.running} ${linesOfWork}`;
    if (now === since) return;
    since = now;
    clearTimeout(timer);
    clearInterval(signs);
    if (line?.running === true) signs = tellAtWork(line, signMs, onPhase);
    else timer = setTimeout(() => stop('late'), deadlineMs);
  };
  const noKernel = () => progress.phase === 'firmware' && progress.restarts === 0 && stop('no kernel');
  const kernelTimer = kernelMs < deadlineMs ? setTimeout(noKernel, kernelMs) : undefined;
  let loginTimer: NodeJS.Timeout | undefined;
  const judgeCloudInit = () => {
    if (progress.lacksCloudInit) loginTimer ??= setTimeout(() => stop('no cloud-init'), cloudInitMs);
    else loginTimer = void clearTimeout(loginTimer);
  };
  let still: Standstill | undefined;
  const ask = async () => {
    if (progress.phase !== 'firmware' || progress.restarts > 0) still = await standsStill?.();
    if (still === 'asleep') progress.left = still;
    if (still !== undefined) stop(still === 'asleep' ? 'left' : 'stuck');
    else if (!over.signal.aborted) silence.refresh();
  };
  const silence = setTimeout(() => void ask(), silentMs);
  signal.addEventListener('abort', () => over.abort(), { once: true });
  if (signal.aborted) over.abort();
  gone.then(() => stop('gone'));
  const onText = (text: string) => {
    silence.refresh();
    for (const phase of progress.feed(text)) {
      // What was reached before a restart is of another boot.
      if (phase === 'firmware') reached = {};
      reached[phase] = Math.round(performance.now() - started);
      onPhase(phase);
    }
    setDeadline();
    judgeCloudInit();
    if (progress.phase === 'ready' && progress.restarts >= restarts) stop('ready');
    else if (progress.failure !== undefined) stop('failed');
    else if (progress.otherSeed !== undefined) stop('other seed');
    else if (progress.left === 'halted') stop('left');
    else if (progress.restartsInVain > mostRestarts) stop('restarts');
  };
  setDeadline();
  try {
    await followFile(log, onText, over.signal);
  } finally {
    clearTimeout(timer);
    clearInterval(signs);
    clearTimeout(kernelTimer);
    clearTimeout(loginTimer);
    clearTimeout(silence);
  }
  if (end !== 'ready') throwIfInterrupted(signal);
  if (end === 'late' && progress.lacksCloudInit) end = 'no cloud-init';
  if (end === 'ready' || end === 'left' || (end === 'gone' && progress.left !== undefined))
    return { phases: reached, left: progress.left };
  const Failure =
    end === 'no kernel' ? NoKernel : end === 'stuck' || progress.line !== undefined ? LabnetError : NotReady;
  const stuck = typeof still === 'object' ? still.cause : undefined;
  const lateMs = end === 'no kernel' ? kernelMs : deadlineMs;
  const why = whyNotReady(progress, end, { instanceId, lateMs, mostRestarts, byFirmware, stuck });
  throw new Failure('failed', why, { hint: whatToDo(progress, end) });
}

/** Tells that a run line is at work, and each minute for how long: it may say nothing itself. */
function tellAtWork({ number, count }: LineAtWork, everyMs: number, tell: (phase: string) => void) {
  const what = `run line ${number} of ${count}`;
  let minutes = 0;
  tell(what);
  return setInterval(() => {
    minutes += 1;
    tell(`${what}, at work for ${minutes === 1 ? 'a minute' : `${minutes} minutes`}`);
  }, everyMs);
}
