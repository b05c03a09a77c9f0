import { openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { LabnetError } from '../errors.ts';
import { startHolder } from './holder.ts';

/** Milliseconds that putting a file into memory may take. */
const timeoutMs = 60_000;

/** The descriptor at which the holder has the memory: none that Perl uses itself. */
const memoryDescriptor = 9;

/**
 * The Perl program that asks for memfd_create(2) and its seals, which Node cannot ask for; Perl is on every Debian
 * (perl-base is essential). Flags: MFD_ALLOW_SEALING, and MFD_NOEXEC_SEAL where the kernel knows it (6.3). Seals:
 * F_SEAL_SEAL, _SHRINK, _GROW, _WRITE. Holes and zeros stay holes. What holds it (see holder.ts) inherits it by a
 * number of its own: Perl's files are closed on exec.
 */
const program = String.raw`
use strict;
use Fcntl;
use POSIX;
my ($path, @holder) = @ARGV;
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
POSIX::dup2($fd, ${memoryDescriptor}) // die "dup2: $!\n";
exec @holder;
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
  const holder = await startHolder(['perl', '-e', program, path], timeoutMs, async ({ message, said }) => {
    const why = `${path} cannot be put into sealed memory: ${said || message}`;
    return new LabnetError('failed', why);
  });
  try {
    return openSync(`/proc/${holder.pid}/fd/${memoryDescriptor}`, 'r');
  } finally {
    await holder.close();
  }
}

const made = new Map<string, Promise<number>>();

/**
 * The sealed memory of a file, made once and shared by all VMs that labnet starts; it is let go with labnet. A file
 * that has been made anew at the same path is another one.
 *
 * @throws as sealedMemory does
 */
export async function sealedOnce(path: string): Promise<number> {
  const facts = await stat(path, { bigint: true }).catch(() => undefined);
  // What cannot be asked about cannot be read either: Perl tells why.
  if (facts === undefined) return sealedMemory(path);
  const { dev, ino, size, mtimeNs } = facts;
  const file = [dev, ino, size, mtimeNs].join(' ');
  const known = made.get(file);
  if (known !== undefined) return known;
  const memory = sealedMemory(path);
  made.set(file, memory);
  memory.catch(() => made.delete(file));
  return memory;
}
