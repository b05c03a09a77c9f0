import type { Host } from '../host/host.ts';
import { missingPrograms } from '../host/programs.ts';

/** The way out of labs on a user's own host. */
export interface UsersWay {
  /** What takes them out; null where none is installed. */
  readonly uplinkProgram: 'pasta' | 'slirp4netns' | null;
  readonly mayPing: boolean;
}

/**
 * Reads what a lab without root goes out by. Whether its user may ping is found out by doing so: a user namespace does not
 * show the numbers of net.ipv4.ping_group_range, and ping(8) has rights of its own elsewhere, which are taken from it here.
 */
export async function readUsersWay(host: Host): Promise<UsersWay> {
  if (host.ground === 'pc') return { uplinkProgram: null, mayPing: true };
  const ping = ['setpriv', '--no-new-privs', '--', 'ping', '-n', '-q', '-c', '1', '-w', '5', '127.0.0.1'];
  const [missing, { status }] = await Promise.all([
    missingPrograms(['pasta', 'slirp4netns']),
    // 126: where no program may be given any right, ping cannot even be started.
    host.run(ping, { accept: [0, 1, 2, 126] }),
  ]);
  const uplinkProgram = (['pasta', 'slirp4netns'] as const).find((name) => !missing.includes(name)) ?? null;
  return { uplinkProgram, mayPing: status === 0 };
}
