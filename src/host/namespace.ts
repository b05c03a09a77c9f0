import { dirname } from 'node:path';
import { CommandFailed } from './command-failed.ts';
import type { Host } from './host.ts';

/** A command as it is run in a network namespace, given by the path of its file; unchanged without one. */
export function inNamespace(argv: readonly string[], namespace: string | undefined): readonly string[] {
  return namespace === undefined ? argv : ['nsenter', `--net=${namespace}`, '--', ...argv];
}

/** A file of /proc as it is in a network namespace; empty when it is not there. @throws CommandFailed */
export async function readIn(
  namespace: string | undefined,
  path: string,
  host: Pick<Host, 'read' | 'run'>,
): Promise<string> {
  if (namespace === undefined) return (await host.read(path)) ?? '';
  // Not by `look`, which fails at silence: a file of /proc may be empty.
  const argv = ['cat', path];
  const { status, stdout, stderr } = await host.run(argv, { namespace, accept: [0, 1] });
  if (status === 0 || /^cat: .*No such file or directory/.test(stderr)) return stdout;
  throw new CommandFailed(argv, argv.join(' '), { how: 'exit', status }, stderr);
}

/**
 * Whether there is a namespace to enter; labnet's own, given as undefined, always is. The file alone is no namespace: a
 * labnet that was killed before it made the namespace leaves that. The namespace is bound over the file from the
 * kernel's nsfs (namespaces(7)), another device than the directory's.
 */
export async function holdsNamespace(path: string | undefined, host: Pick<Host, 'stat'>): Promise<boolean> {
  if (path === undefined) return true;
  const [file, parent] = await Promise.all([host.stat(path), host.stat(dirname(path))]);
  return file !== undefined && file.device !== parent?.device;
}
