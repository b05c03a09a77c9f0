/** What became of a VM's run lines, as the guest has noted it (guest/first-boot.sh). */

import type { Guest } from '../plan/plan.ts';
import type { FailedLine } from '../qemu/boot-progress.ts';
import { harmless } from '../text/harmless.ts';
import { legible } from '../text/legible.ts';
import { masked } from '../text/masked.ts';
import type { Probe } from './probe.ts';

/** What the probe script tells of the run lines, as it stands between its tabs. */
export interface NotedLines {
  /** The numbers of the lines that began: "1 2". */
  readonly begun: string;
  /** The statuses of the lines that ended, behind their numbers: "1:0 2:127". */
  readonly ended: string;
  /** Whether no other line will begin: all are through, or one has failed. */
  readonly done: boolean;
  /** Whether cloud-init, which runs the lines, has ended. */
  readonly over: boolean;
  /** The end of what cloud-init's log had when a line failed, in base 64; empty otherwise. */
  readonly said: string;
}

/**
 * The most that is shown: `text`, the characters of a run line; `lines` and `said`, the lines and characters of what it
 * said.
 */
const most = { text: 80, lines: 12, said: 1_500 };

/** The words by which a run line restarts its own VM, or switches it off. */
const endsVm = /\b(?:reboot|poweroff|halt|shutdown|telinit|init\s+[06]|kexec|sysrq|systemctl)\b/;

/**
 * The probe of a VM's run lines: when one of them failed, it fails with the line's number, text and status, and the end
 * of what it said.
 */
export function runLinesProbe(guest: Guest, noted: NotedLines): Probe {
  const probe = (status: Probe['status'], reason: string): Probe => ({
    id: 'run',
    vm: guest.name,
    status,
    reason,
    ms: 0,
  });
  const count = guest.run.length;
  const begun = numbersIn(noted.begun);
  const statuses = new Map(
    noted.ended.split(' ').map((pair) => {
      const [number, status] = pair.split(':');
      return [Number(number), Number(status)];
    }),
  );
  const last = begun.at(-1);
  if (last === undefined) return probe('failed', noneBegun(guest));
  const failed = begun.find((number) => (statuses.get(number) ?? 0) !== 0);
  if (failed !== undefined) {
    const status = named(statuses.get(failed) ?? 0);
    const rest = last < count ? `; not run: ${namedFrom(last + 1, count)}` : '';
    return probe(
      'failed',
      `${lineOf(guest, failed)} ended with ${status}${rest}${told(guest, failed, noted.said)}`,
    );
  }
  if (!noted.done) {
    const rest = last < count ? `; not run: ${namedFrom(last + 1, count)}` : '';
    return noted.over
      ? probe(
          'failed',
          `${lineOf(guest, last)} began, and the script that runs the lines was ended before it${rest}`,
        )
      : probe('failed', `${lineOf(guest, last)} has not ended`);
  }
  const cut = begun.filter((number) => !statuses.has(number));
  const odd = cut.filter((number) => !endsVm.test(guest.run[number - 1] ?? ''));
  if (odd.length > 0) {
    const lines = odd.map((number) => lineOf(guest, number)).join(', ');
    return probe(
      'skipped',
      `whether all of ${lines} was done is not known: the VM restarted meanwhile, or had no room to note how it ended`,
    );
  }
  const restarted = cut.length === 0 ? '' : `; the VM restarted during ${cut.join(', ')}`;
  return probe('passed', `${countOf(count)} ended well${restarted}`);
}

/** What is said of run lines of which the VM has noted nothing. */
export function noneBegun({ run }: Guest): string {
  return `none of ${countOf(run.length)} has begun`;
}

/** The probe of a run line that has failed in a VM that has no notes of it, by what its console says. */
export function failedLineProbe(guest: Guest, { number, count, status }: FailedLine): Probe {
  const rest = number < count ? `; not run: ${namedFrom(number + 1, count)}` : '';
  const reason = `${lineOf(guest, number)} ended with ${named(status)}${rest}; sudo labnet logs ${guest.name} shows what it said`;
  return { id: 'run', vm: guest.name, status: 'failed', reason, ms: 0 };
}

/** A run line in words, with the beginning of its text as the lab file has it: "run line 2 (`ls /srv`)". */
export function lineOf({ run }: Guest, number: number): string {
  const [first = '', ...more] = harmless(masked(run[number - 1] ?? ''))
    .trim()
    .split('\n');
  const cut = more.length > 0 || first.length > most.text;
  return `run line ${number} (\`${first.slice(0, most.text)}${cut ? '…' : ''}\`)`;
}

/** The run lines from one number to another, in words: "run line 3", "run lines 3 to 5". */
export function namedFrom(first: number, last: number): string {
  return first === last ? `run line ${first}` : `run lines ${first} to ${last}`;
}

function countOf(count: number): string {
  return count === 1 ? '1 run line' : `${count} run lines`;
}

/** A status in words: sh(1) gives 128 and the number of a signal for a command that the signal ended. */
function named(status: number): string {
  return status > 128 && status < 192 ? `status ${status} (signal ${status - 128})` : `status ${status}`;
}

/**
 * The part of the log from the first sign of a line's begin to the last of its end: a line may print what looks like
 * one.
 *
 * @param of how many lines there are
 */
function saidBy(number: number, of: number, said: string): string {
  const text = Buffer.from(said, 'base64').toString('utf8');
  const end = text.lastIndexOf(`labnet: run line ${number} of ${of} ended with `);
  const before = end < 0 ? text : text.slice(0, end);
  const begin = new RegExp(`labnet: run line ${number} of ${of} begins\\r?\\n`).exec(before);
  return begin === null ? before : before.slice(begin.index + begin[0].length);
}

function told({ name, run }: Guest, number: number, said: string): string {
  // What was kept has at least the sign of the line's end, where the guest could keep it and its user may read it.
  if (said === '') return `; sudo labnet logs ${name} shows what it said`;
  const { text, leftOut } = legible(masked(saidBy(number, run.length, said)).split('\n'));
  const lines = harmless(text.join('\n'))
    .split('\n')
    .filter((line) => line.trim() !== '');
  const end = lines.slice(-most.lines).join('\n').slice(-most.said);
  const noText = leftOut === 1 ? '1 line is no text' : `${leftOut} lines are no text`;
  if (end === '') return leftOut === 0 ? '; it said nothing' : `; of what it said, ${noText}`;
  return `; it said last${leftOut === 0 ? '' : ` (${noText}, and left out)`}:\n${end.replaceAll(/^/gm, '    ')}`;
}

function numbersIn(text: string): readonly number[] {
  return text === '' ? [] : text.split(' ').map(Number);
}
