import { once } from 'node:events';
import { openSync } from 'node:fs';
import { execa } from 'execa';
import { LabnetError } from '../errors.ts';
import { missingProgram } from './programs.ts';
import { trustedPath } from './trusted-path.ts';

/**
 * memfd_create(2) and its seals, which Node cannot ask for; Perl is on every Debian (perl-base is essential). Flags:
 * MFD_ALLOW_SEALING, and MFD_NOEXEC_SEAL where the kernel knows it (6.3). Seals: F_SEAL_SEAL, _SHRINK, _GROW, _WRITE. Holes
 * and zeros stay holes. The memory is there as long as somebody has it open, and Perl until its input ends.
 */
const program = String.raw`
use strict;
use Fcntl;
use POSIX;
my ($path) = @ARGV;
my $call = (POSIX::uname())[4] eq 'x86_64' ? 319 : 279;
my $name = "labnet-template\0";
my $fd = syscall $call, $name, 2 | 8;
$fd = syscall $call, $name, 2 if $fd < 0;
die "memfd_create: $!\n" if $fd < 0;
open my $to, '+<&=', $fd or die "memfd: $!\n";
open my $from, '<:raw', $path or die "$path: $!\n";
my ($at, $zeros) = (0, "\0" x 65536);
while (my $got = sysread $from, my $piece, 65536) {
  if ($piece ne substr $zeros, 0, $got) {
    sysseek $to, $at, SEEK_SET;
    (syswrite $to, $piece) == $got or die "memfd: $!\n";
  }
  $at += $got;
}
truncate $to, $at or die "memfd: $!\n";
fcntl $to, 1033, 1 | 2 | 4 | 8 or die "F_ADD_SEALS: $!\n";
syswrite STDOUT, "$fd\n";
<STDIN>;
`;

/**
 * Puts a file's content into memory that nobody can change any more, not even who has it open for writing: QEMU before
 * 8.2 opens what a VM's memory is mapped from read-write (softmmu/physmem.c), though it maps it privately. Every
 * process that is given the descriptor shares the memory.
 *
 * @returns a descriptor of labnet's, to be handed on
 * @throws LabnetError failed; missing-program
 */
export async function sealedMemory(path: string): Promise<number> {
  const perl = execa('perl', ['-e', program, path], {
    detached: true,
    reject: false,
    env: { PATH: trustedPath(), LC_ALL: 'C.UTF-8' },
    extendEnv: false,
    stdin: 'pipe',
  });
  perl.stdin.on('error', () => {});
  const ended = perl.then(({ code, stderr, shortMessage }) => {
    if (code === 'ENOENT') throw missingProgram('perl');
    throw new LabnetError('failed', `${path} cannot be put into sealed memory: ${stderr || shortMessage}`);
  });
  ended.catch(() => {});
  try {
    const [number] = await Promise.race([once(perl.stdout, 'data') as Promise<[Buffer]>, ended]);
    return openSync(`/proc/${perl.pid}/fd/${Number(number)}`, 'r');
  } finally {
    perl.stdin.end();
    await perl;
  }
}
