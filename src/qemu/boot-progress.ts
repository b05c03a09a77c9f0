import { ConsoleLines } from './console-lines.ts';
import {
  afterwards,
  byCloudInit,
  comingUp,
  endOfOtherSeed,
  failures,
  goingDown,
  kernelsOwn,
  leaving,
  loginPrompt,
  maintenance,
  nothingToBoot,
  restarting,
  rootLocked,
  showsCloudInit,
} from './console-signs.ts';
import { type Phase, phases, phasesShown } from './phases.ts';

/** The stages of cloud-init that do what the lab file asks for, which may be much. */
const stagesAtWork: ReadonlySet<Phase> = new Set(['config', 'final']);

/**
 * How a guest has left: it has switched itself off, halted, or is asleep (suspended to memory), as QEMU alone tells.
 */
export type Left = (typeof leaving)[number][0] | 'asleep';

/** What a guest has done that has left, in words behind its name. */
export const leftWords: Readonly<Record<Left, string>> = {
  off: 'switched itself off',
  halted: 'halted',
  asleep: 'put itself to sleep',
};

/** What guest/first-boot.sh says on the console of a run line. */
const lineSign = /labnet: run line (\d+) of (\d+) (begins|ended with (\d+))$/;

/** A run line of the lab file, counted from 1, and whether it is still at work. */
export interface LineAtWork {
  readonly number: number;
  readonly count: number;
  readonly running: boolean;
}

/** A run line that has failed, counted from 1. */
export interface FailedLine {
  readonly number: number;
  readonly count: number;
  readonly status: number;
}

/** Terminal control sequences, as systemd and the firmware write them (ECMA-48). */
const control = new RegExp(`${String.fromCharCode(0x1b)}(?:\\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|c)`, 'g');

/** How many of the last lines are kept. */
const tailLength = 30;

/** The line by which this instance of a guest, and no other, says that it is ready. */
export function readySign(instanceId: string): RegExp {
  return new RegExp(`labnet-ready ${instanceId.replaceAll(/[^\w-]/g, '\\$&')}$`);
}

/** Follows a console's text, which comes in pieces of any size. */
export class BootProgress {
  phase: Phase = 'firmware';
  /** The line that tells of a failure of this boot, once one has come. */
  failure: string | undefined;
  /** How often the guest has restarted, as its kernel says when it does. */
  restarts = 0;
  /** How often the guest has restarted since it was ready, or began. */
  restartsInVain = 0;
  /** How the guest has left, when it has switched itself off or stands still for good. */
  left: Left | undefined;
  /** Whether a shutdown has begun. */
  goingDown = false;
  /** The run line that began last, in a guest that is not ready. */
  line: LineAtWork | undefined;
  /** The run line that has failed, as the guest itself has said; a line may print what looks like that. */
  failedLine: FailedLine | undefined;
  /** How many lines cloud-init's last two stages have said: packages are downloaded and installed in them. */
  linesOfWork = 0;
  /** Whether the failure tells of a disk that cannot be booted, before any kernel. */
  unbootable = false;
  /** From where cloud-init had what it was told, where it has ended by another seed than labnet's: "DataSourceNone". */
  otherSeed: string | undefined;
  /** Whether the guest has asked for a name to log in, in this boot. */
  private asksForName = false;
  /** Whether cloud-init has shown itself in this boot. */
  private showsCloudInit = false;
  private readonly ready: RegExp;
  private readonly lines = new ConsoleLines();
  private readonly last: string[] = [];

  /** @param ready what the line that tells of readiness is like, without its end */
  constructor(ready: RegExp) {
    this.ready = ready;
  }

  /** Takes in more text; returns the phases reached by it, with `firmware` for each restart. */
  feed(text: string): readonly Phase[] {
    const reached = this.lines.feed(text).flatMap((line) => this.read(bare(line)));
    // A prompt has no end.
    this.asksForName ||= loginPrompt.test(bare(this.lines.unended()));
    return reached;
  }

  /** Whether the guest has booted so far that it lets people log in, and cloud-init has not shown itself. */
  get lacksCloudInit(): boolean {
    return this.asksForName && !this.showsCloudInit;
  }

  /** The last lines of the console, for people. */
  tail(): string {
    return this.last.join('\n');
  }

  /** Whether the guest has stopped on its way up, to let root in at its console: in emergency or rescue mode. */
  get letsRootIn(): boolean {
    return maintenance.test(this.failure ?? '') && !rootLocked.test(this.tail());
  }

  private read(line: string): readonly Phase[] {
    if (line.trim() === '') return [];
    this.asksForName ||= loginPrompt.test(line);
    this.showsCloudInit ||= showsCloudInit(line);
    // A run line, which labnet's seed alone brings, may print an old log.
    if (this.line === undefined && this.phase !== 'ready') this.otherSeed ??= endOfOtherSeed.exec(line)?.[1];
    if (this.last.push(line) > tailLength) this.last.shift();
    const beforeKernel = this.phase === 'firmware' ? firstOf(nothingToBoot, line) : undefined;
    this.unbootable ||= this.failure === undefined && beforeKernel !== undefined;
    const told = kernelsOwn(line, this.line?.running === true);
    this.failure ??= beforeKernel ?? firstOf(failures, told);
    const left = leaving.find(([, sign]) => sign.test(told))?.[0];
    if (left !== undefined || !afterwards.test(line)) this.left = left;
    const words = line.trimEnd();
    if (stagesAtWork.has(this.phase) && byCloudInit.test(line)) this.linesOfWork += 1;
    if (restarting.test(told)) return this.restart();
    this.goingDown = (this.goingDown || goingDown.test(line)) && !comingUp.test(line);
    const [, number, count, what, status = '0'] = lineSign.exec(words) ?? [];
    if (what !== undefined && this.phase !== 'ready')
      this.line = { number: Number(number), count: Number(count), running: what === 'begins' };
    // After one that has failed none begins: the sign of that was only something that a line has printed.
    if (what === 'begins') this.failedLine = undefined;
    else if (what !== undefined && status !== '0')
      this.failedLine = { number: Number(number), count: Number(count), status: Number(status) };
    if (this.ready.test(words)) return this.reach('ready');
    // The last words of a kernel that has gone are no sign of the next one.
    if (this.phase === 'firmware' && afterwards.test(line)) return [];
    return phasesShown(line).flatMap((phase) => this.reach(phase));
  }

  private restart(): readonly Phase[] {
    this.phase = 'firmware';
    this.failure = undefined;
    this.unbootable = false;
    this.asksForName = false;
    this.showsCloudInit = false;
    this.otherSeed = undefined;
    this.goingDown = false;
    this.restarts += 1;
    this.restartsInVain += 1;
    return ['firmware'];
  }

  /** Takes note of a phase. Phases only go forward, except at a restart: a kernel message may come at any time. */
  private reach(phase: Phase): readonly Phase[] {
    if (phases.indexOf(phase) <= phases.indexOf(this.phase)) return [];
    this.phase = phase;
    if (phase === 'ready') {
      this.restartsInVain = 0;
      this.line = undefined;
    }
    return [phase];
  }
}

/** A line without what a terminal obeys. */
const bare = (line: string) => line.replace(control, '').replaceAll('\r', '');

function firstOf(signs: readonly RegExp[], line: string): string | undefined {
  return signs.map((sign) => sign.exec(line)?.[0]).find((found) => found !== undefined);
}
