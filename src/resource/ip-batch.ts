import type { RunAction } from '../action/action.ts';

/** Several commands of ip(8) in one program, for what has no mark of its own; the first that fails ends it. */
export function ipBatch(namespace: string, lines: readonly string[]): RunAction {
  return { do: 'run', namespace, argv: ['ip', '-batch', '-'], stdin: `${lines.join('\n')}\n` };
}
