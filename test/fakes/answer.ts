import type { Output } from '../../src/host/host.ts';

export const done: Output = { status: 0, stdout: '', stderr: '' };

export function says(stdout: string): Output {
  return { ...done, stdout };
}

export function refuses(status: number, stderr: string): Output {
  return { status, stdout: '', stderr: `${stderr}\n` };
}

/** A command that labnet is not known to give: the fake must be taught it, or the command is a mistake. */
export function unknown(argv: readonly string[]): never {
  throw new Error(`the memory host knows no such command: ${argv.join(' ')}`);
}
