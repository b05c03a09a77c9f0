/**
 * A cgroup of its own for a process that is to outlive labnet, where systemd runs: otherwise it would be in that of the
 * session or service that labnet was started from, and end with it (systemd.kill(5), logind.conf(5) KillUserProcesses).
 */
export interface Scope {
  /** What `systemctl status` shows of it. */
  readonly description: string;
  /** A unit that is stopped first when the PC shuts down: the one that takes the lab down in order. */
  readonly before: string;
}

/** The command in a scope that systemd names itself: systemd-run(1) registers it and becomes the command. */
export function inScope(argv: readonly string[], { description, before }: Scope): readonly string[] {
  return [
    ...['systemd-run', '--scope', '--quiet', '--collect'],
    ...[`--description=${description}`, `--property=Before=${before}`],
    '--',
    ...argv,
  ];
}
