import type { Command } from 'commander';
import { LabnetError } from '../errors.ts';
import { quoteCommand } from '../host/shell-quote.ts';
import type { AddCommand, Run } from './add-command.ts';
import { lines } from './numbers.ts';
import { oneLab, whichLab } from './which-lab.ts';

/** Adds the commands that go into one VM, or into what is the VMs' host. */
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
      run('labs', options, async (context) =>
        (await import('../commands/ssh.ts')).ssh(vm, command, options, context),
      ),
    );

  add(
    'console <vm>',
    'the serial console of a VM, logged in unless the lab file sets its password; works when its network does not',
    ['sudo labnet console vm1', 'sudo labnet console vm1 --show-password'],
  )
    .option('--lab <name>', 'the lab, where several have a VM of that name')
    .option('--show-password', 'print user and password instead', false)
    .action((vm: string, options) =>
      run('labs', options, async (context) =>
        (await import('../commands/console.ts')).console(vm, options, context),
      ),
    );

  add(
    'logs <vm>',
    'what a VM has said on its console since it was started; of much, the beginning and the end',
    ['sudo labnet logs vm1', 'sudo labnet logs vm1 | less', 'sudo labnet logs vm1 --tail 20 --follow'],
  )
    .option('--lab <name>', 'the lab, where several have a VM of that name')
    .option('--tail <n>', 'the last lines only, so many', lines)
    .option('--follow', 'go on with what it says from now on, until Ctrl-C or until the VM ends', false)
    .action((vm: string, options) =>
      run('labs', options, async (context) =>
        (await import('../commands/logs.ts')).logs(vm, options, context),
      ),
    );

  add(
    'host [lab] [command...]',
    "run a command as root in the network of a sandbox's host, where bridge, taps and NAT are; without one, a shell",
    [
      'sudo labnet host -- ip address',
      'sudo labnet host -- tcpdump -i br0',
      'sudo labnet host lab -- nft list ruleset',
      'sudo labnet host',
    ],
  )
    .usage('[options] [lab] [-- command...]')
    .option('--lab <name>', whichLab)
    .showHelpAfterError('(a command and its flags come after --: sudo labnet host -- ip -brief address)')
    .action((lab: string | undefined, words: string[], options, command: Command) =>
      run('labs', options, async (context) => {
        const all = lab === undefined ? words : [lab, ...words];
        const behind = wordsBehind(command);
        const [named, ...others] = all.slice(0, all.length - behind);
        if (others.length > 0) throw commandBefore(all);
        const { inLabsHost } = await import('../commands/host.ts');
        return inLabsHost(oneLab(named, options), all.slice(all.length - behind), context);
      }),
    );
}

/** How many words stand behind `--`, which commander hands to no command. */
function wordsBehind(command: Command): number {
  // Commander keeps the words as they were typed, and its types do not tell.
  const { rawArgs } = command.parent as unknown as { readonly rawArgs: readonly string[] };
  const at = rawArgs.indexOf('--');
  return at === -1 ? 0 : rawArgs.length - 1 - at;
}

function commandBefore(words: readonly string[]): LabnetError {
  return new LabnetError('usage', 'a command for the host of a lab comes after --', {
    hint: `sudo labnet host -- ${quoteCommand(words)}`,
  });
}
