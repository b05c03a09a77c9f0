import { Command, InvalidArgumentError } from 'commander';
import type { Context, GlobalOptions, Result } from '../commands/context.ts';

declare const LABNET_VERSION: string;

/** Runs a command with the flags every command has. */
export type Run = (options: GlobalOptions, command: (context: Context) => Promise<Result>) => Promise<void>;

/** The command line: what can be typed, and which module answers it. */
export function makeProgram(run: Run): Command {
  const program = new Command('labnet')
    .description('Debian VM labs on one Linux PC: made, proved to work, and taken down without a trace')
    .version(typeof LABNET_VERSION === 'string' ? LABNET_VERSION : '0.0.0', '-V, --version')
    .showHelpAfterError('(labnet --help shows what can be typed)')
    .exitOverride();

  /** A command with the global flags, an example or two, and the module that does its work. */
  const command = (usage: string, description: string, examples: readonly string[]) => {
    const made = program
      .command(usage)
      .description(description)
      .option('--json', 'one JSON object on standard output', false)
      .option('-q, --quiet', 'no progress', false)
      .option('-v, --verbose', 'each action as its shell line', false)
      .option('-y, --yes', 'ask nothing; install missing packages', false)
      .option('--wait <seconds>', "wait for another run's lock", seconds, 0)
      .exitOverride();
    return made.addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`);
  };

  command('provision [file]', 'make a lab from lab.yaml or --vms N, boot it and prove that it works', [
    'labnet provision --vms 2',
    'labnet provision lab.yaml --sandbox',
  ])
    .option('--vms <n>', 'that many VMs on the standard network', count)
    .option('--sandbox', 'everything in network namespaces, with a stand-in internet', false)
    .option('--dry-run', 'print the plan as a shell script and change nothing', false)
    .action(async (file: string | undefined, options) =>
      run(options, async (context) => {
        if (options.dryRun) return (await import('../commands/plan.ts')).plan({ ...options, file }, context);
        return (await import('../commands/provision.ts')).provision({ ...options, file }, context);
      }),
    );

  command('destroy [lab]', 'stop the VMs and remove all that labnet made', ['labnet destroy', 'labnet destroy --all --yes'])
    .option('--all', 'every lab on this host', false)
    .option('--keep-disks', 'keep what the VMs have written for the next provision', false)
    .action(async (lab: string | undefined, options) =>
      run(options, async (context) => (await import('../commands/destroy.ts')).destroy({ ...options, lab }, context)),
    );

  command('status [lab]', 'show each resource of a lab as it is now', ['labnet status', 'labnet status lab --json']).action(
    async (lab: string | undefined, options) =>
      run(options, async (context) => (await import('../commands/status.ts')).status(lab, context)),
  );

  command('verify [lab]', 'check every promise of a running lab again', ['labnet verify', 'labnet verify lab --json']).action(
    async (lab: string | undefined, options) =>
      run(options, async (context) => (await import('../commands/verify.ts')).verify(lab, context)),
  );

  command('plan [file]', 'print what provision would do, as a shell script', [
    'labnet plan --vms 2',
    'labnet plan lab.yaml --undo',
  ])
    .option('--vms <n>', 'that many VMs on the standard network', count)
    .option('--sandbox', 'everything in network namespaces, with a stand-in internet', false)
    .option('--undo', 'the way back', false)
    .option('--facts <file>', 'plan for the host described in this file (see labnet facts)')
    .action(async (file: string | undefined, options) =>
      run(options, async (context) => (await import('../commands/plan.ts')).plan({ ...options, file }, context)),
    );

  program
    .command('stand-in-internet <address> <name> <ready> <id>', { hidden: true })
    .action(async (address: string, name: string, ready: string) => {
      const { standInInternet } = await import('../sandbox/stand-in-internet.ts');
      await standInInternet({ address, name, ready });
    });

  return program;
}

function count(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('a number from 1 to 100 is needed');
  return Number(text);
}

function seconds(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('a number of seconds is needed');
  return Number(text);
}
