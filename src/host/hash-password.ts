import type { Host } from './host.ts';

/**
 * The Perl program that hashes a password; Perl's crypt is the C library's own (crypt(3)). The password comes on
 * standard input, where no other user sees it.
 */
const program = 'print crypt(join("", <STDIN>), $ARGV[0])';

/** A whole hash; what crypt(3) gives when it has made none begins with an asterisk. */
const whole = /^\$6\$\w+\$[./0-9A-Za-z]{86}$/;

/**
 * The hash of a password as /etc/shadow has it (crypt(5), SHA-512). The host makes it in a few milliseconds; a guest
 * under TCG needs a third of a second, and would be told the password itself.
 */
export async function hashPassword(password: string, salt: string, host: Pick<Host, 'run'>): Promise<string> {
  const { stdout } = await host.run(['perl', '-e', program, `$6$${salt}`], { stdin: password });
  if (!whole.test(stdout)) throw new Error('the C library makes no SHA-512 hash of this password (crypt(3))');
  return stdout;
}
