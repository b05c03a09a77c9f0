/** The command line as data: what commander knows of it, and what its help shows. */
import type { Command, Option } from 'commander';
import { examplesOf, optionDescription } from '../../src/cli/help.ts';

export interface OptionDoc {
  /** "-q". */
  readonly short: string | undefined;
  /** "--quiet". */
  readonly long: string;
  /** What the value is called, of one that has a value. */
  readonly value: string | undefined;
  /** The command does not run without it. */
  readonly mandatory: boolean;
  readonly about: string;
}

export interface ArgumentDoc {
  readonly name: string;
  readonly required: boolean;
  readonly variadic: boolean;
}

export interface CommandDoc {
  /** "image build". */
  readonly name: string;
  readonly about: string;
  readonly arguments: readonly ArgumentDoc[];
  readonly options: readonly OptionDoc[];
  readonly examples: readonly string[];
}

export interface ProgramDoc {
  readonly name: string;
  readonly about: string;
  readonly examples: readonly string[];
  /** Of the program by itself. */
  readonly options: readonly OptionDoc[];
  /** Those that every command has, told once. */
  readonly common: readonly OptionDoc[];
  /** Each that can be run, without the common options. */
  readonly commands: readonly CommandDoc[];
}

export function describe(program: Command): ProgramDoc {
  const commands = program.commands.flatMap((command) => runnable(command, ''));
  const [first, ...others] = commands;
  const isCommon = ({ long }: OptionDoc) =>
    others.every(({ options }) => options.some((option) => option.long === long));
  return {
    name: program.name(),
    about: program.description(),
    examples: examplesOf(program),
    options: optionsOf(program),
    common: (first?.options ?? []).filter(isCommon),
    commands: commands.map((command) => ({
      ...command,
      options: command.options.filter((option) => !isCommon(option)),
    })),
  };
}

function runnable(command: Command, before: string): readonly CommandDoc[] {
  const name = `${before}${command.name()}`;
  if (command.commands.length > 0) return command.commands.flatMap((one) => runnable(one, `${name} `));
  return [
    {
      name,
      about: command.description(),
      arguments: command.registeredArguments.map((one) => ({
        name: one.name(),
        required: one.required,
        variadic: one.variadic,
      })),
      options: optionsOf(command),
      examples: examplesOf(command),
    },
  ];
}

function optionsOf(command: Command): readonly OptionDoc[] {
  return command.createHelp().visibleOptions(command).map(optionDoc);
}

function optionDoc(option: Option): OptionDoc {
  const [, value] = /[<[]([^>\]]+)[>\]]/.exec(option.flags) ?? [];
  return {
    short: option.short,
    long: option.long ?? '',
    value,
    mandatory: option.mandatory,
    about: optionDescription(option),
  };
}
