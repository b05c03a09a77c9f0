import type { AddCommand, Run } from './program.ts';

/** Commands that go into one VM. */
export function addGuestCommands(add: AddCommand, run: Run): void {
  add('ssh <vm> [command...]', 'enter a VM, or run a command in it', [
    'sudo labnet ssh vm1',
    'sudo labnet ssh vm1 -- ip route',
    'sudo labnet ssh vm1 -- top',
  ])
    .option('--lab <name>', 'the lab, where several have a VM of that name')
    .option('-t, --tty', 'give the command a terminal, also where labnet has none')
    .option('-T, --no-tty', 'give it none; left out: it has one where labnet has one, on both ends')
    .showHelpAfterError(
      '(flags of a command in the VM come after --: sudo labnet ssh vm1 -- ip -brief address)',
    )
    .action((vm: string, command: string[], options) =>
      run(options, async (context) =>
        (await import('../commands/ssh.ts')).ssh(vm, command, options, context),
      ),
    );

  add('console <vm>', 'the serial console of a VM, logged in; works when its network does not', [
    'sudo labnet console vm1',
    'sudo labnet console vm1 --show-password',
  ])
    .option('--lab <name>', 'the lab, where several have a VM of that name')
    .option('--show-password', 'print user and password instead', false)
    .action((vm: string, options) =>
      run(options, async (context) => (await import('../commands/console.ts')).console(vm, options, context)),
    );

  add('logs <vm>', 'what a VM has said on its console since it was started', [
    'sudo labnet logs vm1',
    'sudo labnet logs vm1 | less',
  ])
    .option('--lab <name>', 'the lab, where several have a VM of that name')
    .action((vm: string, options) =>
      run(options, async (context) => (await import('../commands/logs.ts')).logs(vm, options.lab, context)),
    );
}
