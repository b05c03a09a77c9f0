/** Why ssh does not let labnet into a guest, as the guest itself tells it by its other way in. */
import { readFileSync } from 'node:fs';
import { said } from '../checks/answers.ts';
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { quoteWord } from '../host/shell-quote.ts';
import { labPaths, type Roots, shipped } from '../paths.ts';
import type { Guest, Plan } from '../plan/plan.ts';
import { runByChannel } from '../reach/channel.ts';

/** Milliseconds on a usual PC that the look may take, and the most characters of its answer. */
const most = { ms: 30_000, characters: 10_000 };

/**
 * The cause in words, by guest/no-ssh.sh; undefined where the guest finds none, or does not answer.
 *
 * @throws LabnetError interrupted
 */
export async function whyNoSsh(
  guest: Guest,
  { lab }: Plan,
  {
    host,
    roots,
    signal,
  }: { readonly host: Host; readonly roots: Roots; readonly signal?: AbortSignal | undefined },
): Promise<string | undefined> {
  const { channel } = guest.reach;
  if (channel === undefined) return undefined;
  const [, key = ''] = ((await host.read(`${labPaths(roots, lab).clientKey}.pub`)) ?? '').split(' ');
  const look = readFileSync(`${shipped.guest}no-ssh.sh`, 'utf8');
  const script = `user=${quoteWord(guest.user)}\nkey=${quoteWord(key)}\n${look}`;
  try {
    const options = { timeout: most.ms, most: most.characters, signal };
    return said((await runByChannel(channel, script, options, host)).said) || undefined;
  } catch (error) {
    if (error instanceof LabnetError && error.code === 'interrupted') throw error;
    return undefined;
  }
}
