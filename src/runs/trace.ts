import type { Action } from '../action/action.ts';
import { toShell } from '../action/to-shell.ts';
import type { Context } from './context.ts';

/** With --verbose, tells each action as the shell line it stands for. */
export function trace({ options, say }: Context): ((action: Action) => void) | undefined {
  return options.verbose ? (action) => say(`+ ${toShell(action)}`) : undefined;
}
