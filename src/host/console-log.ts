/** The log of a VM's console, which a guest can write to without end: its beginning and its end are kept. */

/** The text that stands where a part was left out. */
const gap = '\n[labnet: a part of the console is left out here]\n';

/**
 * Sizes in bytes. A log that has grown to `most` is cut down to its `head`, where a boot tells its phases and that it
 * is ready, the gap, and its `tail`.
 */
export const consoleSize = { most: 1024 * 1024, head: 256 * 1024, tail: 512 * 1024 } as const;

/** Bytes that one cut takes away. */
export const cutSize = consoleSize.most - consoleSize.head - gap.length - consoleSize.tail;

/**
 * A program in Perl, which is on every Debian (perl-base is essential). It becomes a command whose standard input leads
 * to the log, by way of a process of the same rights that ends with it. That process keeps nothing open but the pipe,
 * the log, and the file that takes the complaints of the command. A cut is written over what is there before the rest
 * goes, so that whoever follows the log never finds it shorter than after a cut.
 */
export const keepConsole = String.raw`my ($file, $name, @command) = @ARGV;
pipe my $from, my $to or die "pipe: $!\n";
defined(my $keeper = fork) or die "fork: $!\n";
if ($keeper) {
  open STDIN, ">&", $to or die "console: $!\n";
  exec @command or die "$command[0]: $!\n";
}
$0 = "labnet: console of $name";
open STDIN, "<&", $from or die "pipe: $!\n";
close $from;
close $to;
for (3, 4) { open my $other, "<&=", $_; close $other if $other }
open my $log, "+<", $file or die "$file: $!\n";
my $size = sysseek $log, 0, 2;
while (sysread STDIN, my $text, 65536) {
  while (length $text) {
    if ($size >= ${consoleSize.most}) {
      sysseek $log, $size - ${consoleSize.tail}, 0;
      sysread $log, my $tail, ${consoleSize.tail};
      sysseek $log, ${consoleSize.head}, 0;
      syswrite $log, "${gap.replaceAll('\n', '\\n')}$tail";
      $size = sysseek $log, 0, 1;
      truncate $log, $size;
    }
    my $written = syswrite $log, $text, ${consoleSize.most} - $size or last;
    $size += $written;
    substr $text, 0, $written, "";
  }
}
`;

/** The path by which a command that `withConsoleLog` starts opens its console's log. */
export const consoleInput = '/proc/self/fd/0';

/**
 * The command, one process, that runs `argv`, which writes its console's log to `consoleInput`; the log must be there.
 * It takes `keepConsole` as its standard input: systemd-run(1) would expand what in its arguments begins with a dollar
 * sign.
 *
 * @param name tells the process that keeps the log from others
 */
export function withConsoleLog(log: string, name: string, argv: readonly string[]): readonly string[] {
  return ['perl', '-', log, name, ...argv];
}

/** The whole command line that the process which keeps a log shows. */
export const keeperOf = (name: string) => `labnet: console of ${name}`;
