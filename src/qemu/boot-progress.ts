import { ConsoleLines } from './console-lines.ts';

/** The phases of a boot, in order, as a VM's serial console shows them. */
export const phases = [
  'firmware',
  'kernel',
  'system',
  // The four stages of cloud-init, by the names it gives them; `network` begins with the links coming up.
  'local',
  'network',
  'config',
  'final',
  'ready',
] as const;
export type Phase = (typeof phases)[number];

/** The line by which each phase shows itself; `ready` is told by who follows the boot. */
const signs: readonly (readonly [Phase, RegExp])[] = [
  ['kernel', /\bLinux version \d|^\[ +\d+\.\d+\] /],
  ['system', /systemd\[1\]: |Welcome to /],
  ['local', /running 'init-local'/],
  ['network', /Network Interfaces|Raise network|running 'init'|Net device info/],
  ['config', /running 'modules:config'/],
  ['final', /running 'modules:final'/],
];

/** What tells that a boot has failed for good. */
const failures: readonly RegExp[] = [
  /Kernel panic - not syncing.*/,
  /You are in emergency mode.*/,
  /Unable to mount root fs.*/,
  // Of a template or of a clone that it goes on in (templates/gate).
  /\blabnet-gate-broken/,
];

/** What firmware and boot loaders say when there is nothing that they can start (SeaBIOS, syslinux, GRUB, mkfs.fat). */
const nothingToBoot: readonly RegExp[] = [
  /No bootable device.*/,
  /^(?:Missing operating system|Operating system load error).*/,
  /^(?:Entering rescue mode\.\.\.|GRUB Hard Disk Error|GRUB Read Error).*/,
  /^(?:Failed to load (?:ldlinux|COM32|libcom32)|This is not a bootable disk).*/,
];

/** Terminal control sequences, as systemd and the firmware write them (ECMA-48). */
const control = new RegExp(`${String.fromCharCode(0x1b)}(?:\\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|c)`, 'g');

const tailLength = 30;

/** The line by which this instance of a guest, and no other, says that it is ready. */
export function readySign(instanceId: string): RegExp {
  return new RegExp(`labnet-ready ${instanceId.replaceAll(/[^\w-]/g, '\\$&')}$`);
}

/** Follows a console's text, which comes in pieces of any size. */
export class BootProgress {
  phase: Phase = 'firmware';
  /** The line that tells of a failure, once one has come. */
  failure: string | undefined;
  /** It tells of a disk that cannot be booted, before any kernel. */
  unbootable = false;
  private readonly ready: RegExp;
  private readonly lines = new ConsoleLines();
  private readonly last: string[] = [];

  /** @param ready what the line that tells of readiness is like, without its end */
  constructor(ready: RegExp) {
    this.ready = ready;
  }

  /** Takes in more text; returns the phases reached by it. */
  feed(text: string): readonly Phase[] {
    return this.lines.feed(text).flatMap((line) => this.line(line.replace(control, '').replaceAll('\r', '')));
  }

  /** The last lines, for people. */
  tail(): string {
    return this.last.join('\n');
  }

  private line(line: string): readonly Phase[] {
    const words = line.trimEnd();
    if (words.trimStart() !== '' && this.last.push(line) > tailLength) this.last.shift();
    this.unbootable ||= this.failure === undefined && firstOf(nothingToBoot, line) !== undefined;
    this.failure ??= firstOf([...failures, ...nothingToBoot], line);
    if (this.ready.test(words)) return this.reach('ready');
    const shown = signs.filter(([, sign]) => sign.test(line)).map(([phase]) => phase);
    return shown.flatMap((phase) => this.reach(phase));
  }

  /** Phases only go forward: a kernel message may come at any time. */
  private reach(phase: Phase): readonly Phase[] {
    if (phases.indexOf(phase) <= phases.indexOf(this.phase)) return [];
    this.phase = phase;
    return [phase];
  }
}

function firstOf(signs: readonly RegExp[], line: string): string | undefined {
  return signs.map((sign) => sign.exec(line)?.[0]).find((found) => found !== undefined);
}
