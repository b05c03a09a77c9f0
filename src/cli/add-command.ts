import type { Command, CommandOptions } from 'commander';
import type { Needs } from '../ground/ground.ts';
import type { Context, GlobalOptions, Result } from '../runs/context.ts';

/** Runs a command with the flags that every command has, where the user may do what it needs. */
export type Run = (
  needs: Needs,
  options: GlobalOptions,
  command: (context: Context) => Promise<Result>,
) => Promise<void>;

/** Makes a command with the flags that every command has. */
export type AddCommand = (
  usage: string,
  description: string,
  examples: readonly string[],
  parent?: Command,
  options?: CommandOptions,
) => Command;
