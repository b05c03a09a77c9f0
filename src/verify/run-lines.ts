/** What became of a VM's run lines, as the guest has noted it (guest/first-boot.sh). */

import type { Guest } from '../plan/plan.ts';
import { harmless } from '../text/harmless.ts';
import { masked } from '../text/masked.ts';
import type { Probe } from './probe.ts';

/** What the probe script tells, as it stands between its tabs. */
export interface NotedLines {
  /** "1 2": the numbers of the lines that began. */
  readonly begun: string;
  /** "1:0 2:127": how those ended that did. */
  readonly ended: string;
  /** No other line will begin: all are through, or one has failed. */
  readonly done: boolean;
  /** cloud-init, which runs them, has ended. */
  readonly over: boolean;
  /** In base 64: the end of what cloud-init's log had when a line failed, and nothing otherwise. */
  readonly said: string;
}

/** Characters and lines that are shown of a line, and of what it said. */
const most = { text: 80, lines: 12, said: 1_500 };

/** Words of a line that restarts its VM, or switches it off, itself. */
const endsVm = /\b(?:reboot|poweroff|halt|shutdown|telinit|init\s+[06]|kexec|sysrq|systemctl)\b/;

/** A probe that fails with the line's number, text and status, and the end of what it said, when one of them failed. */
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
  if (last === undefined) return probe('failed', `none of ${countOf(count)} has begun`);
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

/** "run line 2 (`ls /srv`)", with the beginning of the text as the lab file has it. */
export function lineOf({ run }: Guest, number: number): string {
  const [first = '', ...more] = harmless(masked(run[number - 1] ?? ''))
    .trim()
    .split('\n');
  const cut = more.length > 0 || first.length > most.text;
  return `run line ${number} (\`${first.slice(0, most.text)}${cut ? '…' : ''}\`)`;
}

/** "run line 3", "run lines 3 to 5" */
export function namedFrom(first: number, last: number): string {
  return first === last ? `run line ${first}` : `run lines ${first} to ${last}`;
}

function countOf(count: number): string {
  return count === 1 ? '1 run line' : `${count} run lines`;
}

/** sh(1): 128 and the number of the signal that ended it. */
function named(status: number): string {
  return status > 128 && status < 192 ? `status ${status} (signal ${status - 128})` : `status ${status}`;
}

/**
 * The part of the log from the first sign of a line's begin to the last of its end: a line may print what looks like one.
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
  // At least the sign of its end, where the guest could keep it and its user may read it.
  if (said === '') return `; sudo labnet logs ${name} shows what it said`;
  const lines = harmless(masked(saidBy(number, run.length, said)))
    .split('\n')
    .filter((line) => line.trim() !== '');
  const end = lines.slice(-most.lines).join('\n').slice(-most.said);
  if (end === '') return '; it said nothing';
  return `; it said last:\n${end.replaceAll(/^/gm, '    ')}`;
}

function numbersIn(text: string): readonly number[] {
  return text === '' ? [] : text.split(' ').map(Number);
}
