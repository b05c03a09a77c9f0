import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { execa } from 'execa';
import { LabnetError } from '../errors.ts';
import type { ReceiveOptions, Receiving } from './incoming.ts';
import { tied } from './tied.ts';
import { trustedPath } from './trusted-path.ts';
import { untilItRuns } from './until-it-runs.ts';

/**
 * The Perl program that takes in one connection and writes what comes, a megabyte at a time: through Node's streams
 * each gigabyte costs two seconds of processor time. The socket is given to its user without following a link
 * (lchown(2)): by then the owner of the directory could have put another file there. A QEMU gone wild must not fill the
 * disk: hence the limit.
 */
const program = String.raw`
use strict;
use Fcntl;
use POSIX ();
use Socket;
my ($path, $file, $uid, $limit) = @ARGV;
socket my $listener, AF_UNIX, SOCK_STREAM, 0 or die "socket: $!\n";
bind $listener, sockaddr_un($path) or die "$path: $!\n";
POSIX::lchown($uid, $uid, $path) or die "$path: $!\n";
listen $listener, 1 or die "$path: $!\n";
syswrite STDOUT, "listening\n";
accept my $from, $listener or die "$path: $!\n";
close $listener;
sysopen my $to, $file, O_WRONLY | O_CREAT | O_EXCL, 0600 or die "$file: $!\n";
my $passed = 0;
for (;;) {
  my $got = sysread $from, my $piece, 1 << 20;
  defined $got or die "$path: $!\n";
  last if $got == 0;
  $passed += $got;
  die "$path: more than $limit bytes came\n" if $passed > $limit;
  for (my $at = 0; $at < $got;) {
    $at += syswrite($to, $piece, $got - $at, $at) // die "$file: $!\n";
  }
}
close $to or die "$file: $!\n";
`;

/** Milliseconds until it listens, and until it has ended, on a usual PC: VMs stand still meanwhile. */
const timeoutMs = { listens: 10_000, whole: 180_000 };

/** Milliseconds that a slow disk, of 20 MiB a second, takes for a MiB. */
export const msPerMiB = 50;

/**
 * Receives a file at a socket, as Host.receive tells. QEMU in its sandbox may open no file and start no program for a
 * saved state, but it may connect to a socket.
 *
 * @param pace how many times longer than usual it may take
 */
export async function receive(
  socket: string,
  { uid, file, limit }: ReceiveOptions,
  pace = 1,
): Promise<Receiving> {
  await rm(socket, { force: true });
  const [start = '', ...args] = tied(['perl', '-e', program, socket, file, String(uid), String(limit)]);
  const receiver = untilItRuns(() =>
    execa(start, args, {
      detached: true,
      reject: false,
      extendEnv: false,
      env: { PATH: trustedPath() },
      stdin: 'ignore',
      timeout: (timeoutMs.whole + (limit / 1024 ** 2) * msPerMiB) * pace,
      killSignal: 'SIGKILL',
    }),
  );
  const done = receiver.then(({ exitCode, stderr, shortMessage }) => {
    if (exitCode !== 0)
      throw new LabnetError('failed', stderr || (shortMessage ?? `${file} was not received`));
  });
  done.catch(() => {});
  const close = async () => {
    receiver.kill('SIGKILL');
    await receiver;
    await rm(socket, { force: true });
  };
  const listensMs = timeoutMs.listens * pace;
  const listens = once(receiver.stdout, 'data', { signal: AbortSignal.timeout(listensMs) });
  await Promise.race([listens, done]).catch(async (error: unknown) => {
    await close();
    if (error instanceof LabnetError) throw error;
    throw new LabnetError('failed', `nobody listens at ${socket} within ${Math.round(listensMs / 1000)} s`);
  });
  return { done, close };
}
