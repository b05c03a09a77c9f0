import { runInOwnHost } from '../host/enter-own-host.ts';
import { makeDirectory } from '../host/files.ts';
import { requireOwnDirectory } from '../host/own-directory.ts';
import type { Ground, Needs } from './ground.ts';

/** What is started again, and with what. */
export interface Entering extends Ground {
  /** The command that starts this labnet. */
  readonly program: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Whether a command that an ordinary user has typed goes on in his own host; root's is the PC. */
export function goesOnInOwnHost(needs: Needs, { uid }: Pick<Ground, 'uid'>): boolean {
  return needs !== 'nothing' && uid !== 0;
}

/**
 * Has the labnet in the user's own host do what was typed.
 *
 * @param words what was typed behind labnet's name
 * @returns its exit status
 * @throws LabnetError usage for a directory that others can change; host-cannot where the PC gives its users no namespaces
 */
export async function goOnInOwnHost(words: readonly string[], entering: Entering): Promise<number> {
  const { roots, program, env, signal } = entering;
  // Here, since inside every file of another user looks like one of root's.
  for (const path of [roots.state, roots.cache]) {
    await requireOwnDirectory(path);
    await makeDirectory(path, { mode: 0o711 });
  }
  // Who has become this user by sudo is nobody in his own host.
  const { SUDO_UID: _, SUDO_GID: __, ...own } = env;
  const inside = { ...own, LABNET_STATE: roots.state, LABNET_RUN: roots.run, LABNET_CACHE: roots.cache };
  return runInOwnHost([...program, ...words], inside, roots, signal);
}
