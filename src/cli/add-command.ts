import type { Command, CommandOptions } from 'commander';
import type { Needs } from '../ground/ground.ts';
import type { Context, GlobalOptions, Result } from '../runs/context.ts';

/** Runs a command, which needs so much of the ground, with the flags every command has. */
export type Run = (
  needs: Needs,
  options: GlobalOptions,
  command: (context: Context) => Promise<Result>,
) => Promise<void>;

/** Makes a command with the flags that all have. */
export type AddCommand = (
  usage: string,
  description: string,
  examples: readonly string[],
  parent?: Command,
  options?: CommandOptions,
) => Command;
