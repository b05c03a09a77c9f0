import { type EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProcess } from '../action/stop-process.ts';
import { LabnetError } from '../errors.ts';
import { consoleSize } from '../host/console-log.ts';
import { eitherSignal } from '../host/either-signal.ts';
import { followFile } from '../host/follow-file.ts';
import { vmPaths } from '../paths.ts';
import { ConsoleLines } from '../qemu/console-lines.ts';
import type { Context, Result } from '../runs/context.ts';
import { findGuest } from '../runs/guest.ts';
import { harmless } from '../text/harmless.ts';

/** The flags of `labnet logs`. */
export interface LogsOptions {
  readonly lab?: string | undefined;
  /** How many of the console's last lines are shown; all that is kept unless told. */
  readonly tail?: number | undefined;
  /** Whether to go on until the signal, or until the VM's QEMU has ended. */
  readonly follow?: boolean | undefined;
}

/** The stream that what is followed goes to, piece by piece. */
type Output = NodeJS.WritableStream & EventEmitter;

/** Milliseconds of one wait for QEMU's end, and from there until its last words are in the log. */
const dayMs = 86_400_000;
const lastWordsMs = 300;

/**
 * Tells what a VM has said on its serial console since it was started, and what QEMU itself said: of each the end, at
 * most as long as `consoleSize` allows. With `follow` it tells the console alone, line by line as it comes.
 *
 * @throws LabnetError usage for --json with --follow; failed when the VM has said nothing yet
 */
export async function logs(
  vm: string,
  { lab, tail, follow = false }: LogsOptions,
  context: Context,
  output: Output = process.stdout,
): Promise<Result<'logs'>> {
  const { host, options, say } = context;
  if (follow && options.json) {
    throw new LabnetError('usage', '--json is one object, and --follow has no end', {
      hint: 'give one of them',
    });
  }
  const { guest, plan } = await findGuest(vm, lab, context);
  const paths = vmPaths(context.roots, plan.lab, guest.name);
  const [said, qemu] = await Promise.all(
    [paths.consoleLog, paths.qemuLog].map((path) => host.readEnd(path, consoleSize.most)),
  );
  if (said === undefined) {
    throw new LabnetError('failed', `${vm} has not said anything yet`, {
      hint: `it would be in ${paths.consoleLog}`,
    });
  }
  if (said.size > consoleSize.most) say(`the end of ${said.size} bytes; the whole is ${paths.consoleLog}`);
  const console = tail === undefined ? said.text : lastLines(said.text, tail);
  if (follow) {
    const qemu = (await findProcess(guest.uuid, guest.uid, host))?.pid;
    const after = { path: paths.consoleLog, text: console, from: said.size };
    if (qemu === undefined) return { json: undefined, text: console, verbatim: true };
    await followConsole(after, qemu, context, output);
    return { json: undefined, text: '' };
  }
  const ofQemu = qemu === undefined || qemu.text.trim() === '' ? '' : `\nQEMU:\n${qemu.text}`;
  return {
    json: { ok: true, vm, console, qemu: qemu?.text ?? '' },
    text: `${console}${ofQemu}`,
    verbatim: true,
  };
}

/** The last lines of a text; a last line that has not ended yet counts as one. */
function lastLines(text: string, count: number): string {
  const lines = text.split('\n');
  const behind = lines.at(-1) === '' ? 1 : 0;
  return count === 0 ? '' : lines.slice(-count - behind).join('\n');
}

/** A console's text as far as it is known, and the byte of its log that comes next. */
interface Known {
  readonly path: string;
  readonly text: string;
  readonly from: number;
}

/** Writes a console's lines as they come, and no faster than they are read. A reader that stops reading ends it. */
async function followConsole(
  { path, text: known, from }: Known,
  qemu: number,
  { host, signal }: Pick<Context, 'host' | 'signal'>,
  output: Output,
): Promise<void> {
  const over = new AbortController();
  const ending = eitherSignal(over.signal, signal);
  const lines = new ConsoleLines();
  const end = () => over.abort();
  output.once('error', end);
  const write = async (text: string) => {
    if (text === '' || output.write(text)) return;
    await once(output, 'drain', { signal: ending }).catch(() => {});
  };
  const show = (text: string) => write(harmless(asText(lines.feed(text))));
  const vmEnds = untilGone(qemu, host, ending).then(() => sleep(lastWordsMs, undefined, { signal: ending }));
  const ended = vmEnds.then(end, end);
  try {
    await show(known);
    await followFile(path, show, ending, { from });
    await write(harmless(lines.unended() === '' ? '' : `${lines.unended()}\n`));
  } finally {
    end();
    output.off('error', end);
    await ended;
  }
}

const asText = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

async function untilGone(pid: number, host: Context['host'], signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await host.waitForExit(pid, dayMs, signal)));
}
