import type { Host } from './host.ts';
import { enteringMounts } from './private-mounts.ts';

/** The machine as a command sees it that works in a network namespace. */
export interface NetworkView {
  /** The command as it is started in the namespace: in this view, and in labnet's own directory. */
  enter(argv: readonly string[]): readonly string[];
  close(): Promise<void>;
}

/**
 * Opens a view in which /sys, too, shows the links of a network namespace: a sysfs shows those of the namespace from
 * which it was mounted, whoever looks (sysfs(5)). `brctl` and `ls /sys/class/net` go by it. As with `ip netns exec`,
 * what the host has mounted below /sys is not there. Nobody else sees the view; it ends with labnet and the last command
 * in it.
 *
 * @throws LabnetError failed
 */
export async function openNetworkView(
  namespace: string,
  host: Pick<Host, 'privateMounts' | 'run'>,
): Promise<NetworkView> {
  const mounts = await host.privateMounts();
  try {
    await host.run(['mount', '--namespace', String(mounts.pid), '-t', 'sysfs', 'sysfs', '/sys'], {
      namespace,
    });
  } catch (error) {
    await mounts.close();
    throw error;
  }
  // Whoever enters a mount namespace is at its root.
  const here = ['env', `--chdir=${process.cwd()}`, '--'];
  return {
    enter: (argv) => ['nsenter', ...enteringMounts(mounts), '--', ...here, ...argv],
    close: () => mounts.close(),
  };
}
