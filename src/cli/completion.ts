/**
 * What a shell offers when Tab is pressed: `labnet complete WORD… CURRENT` prints it, a line a value, with what it
 * means behind a tab; or one line, `:files` or `:directories`, for what shells complete better themselves. The command
 * line's own tree says what can stand where.
 */
import type { Command, Option } from 'commander';
import { groundHere } from '../ground-kind.ts';
import { rootsFrom } from '../paths.ts';
import { type Source, sourceOf, type Value } from './completion-values.ts';

/** The lines that complete what has been typed. Never throws: in the middle of a line, an error would only disturb. */
export async function completionLines(
  program: Command,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  try {
    const offered = await offer(program, words, env);
    if (typeof offered === 'string') return [`:${offered}`];
    return offered.map(({ value, about = '' }) => (about === '' ? value : `${value}\t${about}`));
  } catch {
    return [];
  }
}

async function offer(
  program: Command,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly Value[] | 'files' | 'directories'> {
  const current = words.at(-1) ?? '';
  const typed = words.slice(0, -1);
  const { command, option, taken, ended } = readLine(program, typed);
  const from = async (key: string | undefined, begun: string) => {
    const source = key === undefined ? undefined : sourceOf(command, key);
    const found = source === undefined ? [] : await ofAllGrounds(source, env);
    return typeof found === 'string' ? found : beginning(found, begun);
  };
  // bash takes `--lab=name` for three words.
  if (option !== undefined) return from(option.long, current === '=' ? '' : current);
  if (!ended && current.startsWith('-')) {
    const [flag = '', value] = current.split(/=(.*)/s);
    if (value === undefined) return beginning(flagsOf(command, typed), current);
    const found = await from(takesValue(command, flag)?.long, value);
    return typeof found === 'string'
      ? found
      : found.map((one) => ({ ...one, value: `${flag}=${one.value}` }));
  }
  if (command.commands.length > 0) return taken === 0 ? beginning(commandsOf(command), current) : [];
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[taken] ?? (last?.variadic === true ? last : undefined);
  return from(argument?.name(), current);
}

/** What can be named: a user may mean what is his own, and behind sudo what is root's. */
async function ofAllGrounds(
  source: Source,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly Value[] | 'files' | 'directories'> {
  const found: Value[] = [];
  for (const ground of groundHere() === 'own' ? (['own', 'pc'] as const) : (['pc'] as const)) {
    const some = await source(rootsFrom(env, ground));
    if (typeof some === 'string') return some;
    found.push(...some.filter(({ value }) => !found.some((one) => one.value === value)));
  }
  return found;
}

interface Line {
  /** The command that the words name. */
  readonly command: Command;
  /** The flag before the current word, if the current word is its value. */
  readonly option?: Option | undefined;
  /** How many of the command's arguments have been typed. */
  readonly taken: number;
  /** Whether `--` has ended the flags. */
  readonly ended: boolean;
}

function readLine(program: Command, words: readonly string[]): Line {
  let line: Line = { command: program, taken: 0, ended: false };
  for (const word of words) {
    const { command, option, taken, ended } = line;
    if (option !== undefined) line = word === '=' ? line : { ...line, option: undefined };
    else if (ended || !word.startsWith('-')) {
      const next = taken === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      line = next === undefined ? { ...line, taken: taken + 1 } : { ...line, command: next };
    } else if (word === '--') line = { ...line, ended: true, taken: Math.max(taken, leftOut(command)) };
    else line = { ...line, option: takesValue(command, word) };
  }
  return line;
}

/** How many arguments of a command are left out where `--` comes before them: those before a command to be run. */
function leftOut({ registeredArguments: all }: Command): number {
  const before = all.slice(0, -1);
  return all.at(-1)?.name() === 'command' && before.every(({ required }) => !required) ? before.length : 0;
}

/** The option of that flag, if a value comes behind it. */
function takesValue(command: Command, flag: string): Option | undefined {
  const option = command.options.find(({ long, short }) => flag === long || flag === short);
  return option !== undefined && (option.required || option.optional) ? option : undefined;
}

/** The flags of a command that have not been typed yet. */
function flagsOf(command: Command, typed: readonly string[]): readonly Value[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long, short }) => !typed.some((word) => word === long || word === short))
    .map(({ long, description }) => ({ value: long ?? '', about: description }));
}

function commandsOf(command: Command): readonly Value[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ value: one.name(), about: one.description() }));
}

function beginning(values: readonly Value[], begun: string): readonly Value[] {
  return values.filter(({ value }) => value.startsWith(begun));
}
