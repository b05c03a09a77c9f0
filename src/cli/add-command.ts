import type { Command, CommandOptions } from 'commander';
import type { Context, GlobalOptions, Result } from '../runs/context.ts';

/** Runs a command with the flags every command has. */
export type Run = (options: GlobalOptions, command: (context: Context) => Promise<Result>) => Promise<void>;

/** Makes a command with the flags that all have. */
export type AddCommand = (
  usage: string,
  description: string,
  examples: readonly string[],
  parent?: Command,
  options?: CommandOptions,
) => Command;
