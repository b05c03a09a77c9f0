/**
 * An ordinary user's own host: a user, a mount and a process namespace, held by the first process in them. When that ends,
 * the kernel ends every process in it and takes every link, rule and mount away: nothing is left on the PC, whatever
 * happened.
 *
 * It has no network of its own: what runs in it sees the PC's, and may change nothing there. Labs live in network namespaces
 * below it.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { LabnetError, messageOf } from '../errors.ts';
import * as z from '../zod.ts';
import { removeEmptyDirectory } from './files.ts';
import { refusedNamespaces } from './own-host-refused.ts';
import { childrenOf, process as processOf } from './processes.ts';
import { trustedPath } from './trusted-path.ts';
import { waitForExit } from './wait-for-exit.ts';

/** The directories of a user that his own host needs, as they are called inside and outside. */
export interface OwnDirectories {
  readonly state: string;
  /** Where a file system of the host's own is mounted, for sockets and namespaces: it goes with the host. */
  readonly run: string;
}

/**
 * The first process, in Perl, which is on every Debian (perl-base is essential): it takes in every orphan, and goes at a
 * SIGTERM, such as at a logout where those end a user's processes. A shell or sleep would do one of the two.
 */
const init = [
  "$SIG{CHLD} = 'IGNORE';",
  '$SIG{$_} = sub { exit 0 } for qw(TERM HUP INT);',
  '$0 = "labnet: own host";',
  '$| = 1; print "up\\n"; close STDOUT; close STDERR; sleep while 1;',
].join(' ');

const noteSchema = z.object({ pid: z.int(), startTime: z.string(), boot: z.string() });
const noteOf = ({ state }: OwnDirectories) => `${state}/own-host.json`;
const bootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** The pid of the user's own host; undefined where none runs. */
export async function findOwnHost(directories: OwnDirectories): Promise<number | undefined> {
  let note: z.infer<typeof noteSchema>;
  try {
    note = noteSchema.parse(JSON.parse(readFileSync(noteOf(directories), 'utf8')));
  } catch {
    return undefined;
  }
  const { pid, startTime, boot } = note;
  return boot === bootId() && (await processOf(pid))?.startTime === startTime ? pid : undefined;
}

/**
 * Makes the user's own host. Call it under a lock.
 *
 * @returns the pid of its first process
 * @throws LabnetError host-cannot, with what the admin can do about it
 */
export async function startOwnHost(directories: OwnDirectories): Promise<number> {
  const namespaces = ['--user', '--map-root-user', '--mount', '--propagation', 'private', '--pid', '--fork'];
  const starter = spawn('unshare', [...namespaces, '--mount-proc', '--', 'perl', '-e', init], {
    detached: true,
    cwd: '/',
    env: { PATH: trustedPath() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  starter.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text.slice(0, 1_000);
  });
  const isUp = await Promise.race([
    once(starter.stdout, 'data').then(() => true),
    once(starter, 'close').then(() => false),
  ]);
  if (!isUp || starter.pid === undefined) throw refusedNamespaces(said.trim());
  starter.stdout.destroy();
  starter.stderr.destroy();
  starter.unref();
  const [pid = 0] = childrenOf(starter.pid);
  try {
    await furnish(pid, directories);
    const startTime = (await processOf(pid))?.startTime ?? '';
    await writeFile(noteOf(directories), JSON.stringify({ pid, startTime, boot: bootId() }), { mode: 0o600 });
    return pid;
  } catch (error) {
    process.kill(pid, 'SIGKILL');
    throw error instanceof LabnetError ? error : refusedNamespaces(messageOf(error));
  }
}

/**
 * Gives it an empty run directory and a boot id of its own: to all else in labnet, a host that has ended is a PC that was
 * rebooted.
 */
async function furnish(pid: number, { run }: OwnDirectories): Promise<void> {
  await mkdir(run, { recursive: true, mode: 0o711 });
  const inside = (...argv: readonly string[]) =>
    execa('nsenter', [...entering(pid), '--', ...argv], { extendEnv: false, env: { PATH: trustedPath() } });
  await inside('mount', '-t', 'tmpfs', '-o', 'mode=0711', 'tmpfs', run);
  const file = `/proc/${pid}/root${run}/boot_id`;
  await writeFile(file, `${randomUUID()}\n`, { mode: 0o444 });
  await inside('mount', '--bind', `${run}/boot_id`, '/proc/sys/kernel/random/boot_id');
  await rm(file);
}

/** The words with which nsenter(1) goes into it as its root, with the groups that the user has: kvm may be one. */
export function entering(pid: number): readonly string[] {
  return ['--target', String(pid), '--user', '--mount', '--pid', '--preserve-credentials'];
}

/** Milliseconds that the end of all its processes may take. */
const mostMs = 10_000;

/** Ends the user's own host when no lab is up in it. Call it under a lock that nobody who is in it shares. */
export async function endIfIdle(pid: number, directories: OwnDirectories): Promise<void> {
  const inside = await readdir(`/proc/${pid}/root${directories.run}`).catch(() => undefined);
  if (inside !== undefined && inside.length > 0) return;
  await rm(noteOf(directories), { force: true });
  if (inside !== undefined) {
    process.kill(pid, 'SIGKILL');
    // It ends after all that runs in it (pid_namespaces(7)): who is told that a lab is gone finds nothing of it.
    await waitForExit(pid, mostMs);
  }
  await removeEmptyDirectory(directories.run);
}
