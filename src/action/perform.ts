import { randomBytes } from 'node:crypto';
import { unreachable } from '../errors.ts';
import { CommandFailed } from '../host/command-failed.ts';
import { hashPassword } from '../host/hash-password.ts';
import type { Host } from '../host/host.ts';
import type { Action, MakeSecretAction, RunAction } from './action.ts';
import { continueMachine } from './continue-machine.ts';
import { loadState } from './load-state.ts';
import { fillSecrets, readSecret, secretsIn } from './secrets.ts';
import { holdSettings, releaseSettings } from './settings.ts';
import { stopProcess } from './stop-process.ts';

/** What actions are performed with. */
export interface PerformContext {
  readonly host: Host;
  readonly signal?: AbortSignal | undefined;
  /** The secrets of the lab file by name; they live in memory alone. */
  readonly secrets?: ReadonlyMap<string, string> | undefined;
  /** Called with each action before it is performed, for `--verbose`. */
  readonly onAction?: ((action: Action) => void) | undefined;
}

/** Performs one action. @throws CommandFailed and others; what was done by then stays done. */
export async function perform(
  action: Action,
  { host, signal, secrets, onAction }: PerformContext,
): Promise<void> {
  onAction?.(action);
  switch (action.do) {
    case 'run':
      await run(action, host, signal);
      return;
    case 'spawn':
      await host.spawn(action.argv, action);
      return;
    case 'make-directory':
      return host.makeDirectory(action.path, action);
    case 'write-file':
      return host.write(action.path, await withSecrets(action.content, host), action);
    case 'make-secret':
      return host.write(action.path, secretValue(action, secrets), { mode: 0o600 });
    case 'copy-file':
      return host.copy(action.from, action.to, action);
    case 'load-state':
      return loadState(action, host);
    case 'remove':
      return host.remove(action.path);
    case 'remove-if-empty':
      return host.removeEmptyDirectory(action.path);
    case 'hold-settings':
      return holdSettings(action, host);
    case 'release-settings':
      return releaseSettings(action, host);
    case 'stop-process':
      await stopProcess(action, host, signal);
      return;
    case 'continue':
      return continueMachine(action, host);
    default:
      return unreachable(action);
  }
}

async function run(action: RunAction, host: Host, signal: AbortSignal | undefined): Promise<void> {
  const { argv, namespace, stdin, mayFail, makes = [] } = action;
  try {
    await host.run(argv, { namespace, signal, ...(stdin === undefined ? {} : { stdin }) });
    for (const path of makes) await host.sync(path);
  } catch (error) {
    if (mayFail !== true || !(error instanceof CommandFailed) || error.end.how !== 'exit') throw error;
  }
}

function secretValue(action: MakeSecretAction, secrets: PerformContext['secrets']): string {
  if (action.given === undefined) return randomBytes(8).toString('hex');
  const value = secrets?.get(action.given);
  if (value === undefined) throw new Error(`the lab gives no ${action.given}`);
  return value;
}

/**
 * Puts the secrets in for their tokens. A secret is the text of its file without the newlines at its end, as `$(cat
 * FILE)` reads it.
 */
async function withSecrets(content: string, host: Host): Promise<string> {
  const values = new Map<string, string>();
  for (const name of secretsIn(content)) {
    const { path, salt } = readSecret(name);
    const text = (await host.read(path))?.replace(/\n+$/, '');
    if (text !== undefined)
      values.set(name, salt === undefined ? text : await hashPassword(text, salt, host));
  }
  return fillSecrets(content, values);
}
