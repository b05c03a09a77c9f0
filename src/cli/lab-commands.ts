import type { AddCommand, Run } from './add-command.ts';
import { count } from './numbers.ts';

/** Adds the commands that make, check and remove labs. */
export function addLabCommands(add: AddCommand, run: Run): void {
  add('provision [file]', 'make a lab from lab.yaml or --vms N, boot it and prove that it works', [
    'sudo labnet provision --vms 2',
    'sudo labnet provision --vms 2 --sandbox --yes',
    'labnet provision lab.yaml --dry-run',
  ])
    .option('--lab <name>', 'a lab that is on this PC, as it was planned: no lab file is read')
    .option('--vms <n>', 'that many VMs on the standard network', count)
    .option('--sandbox', 'all in network namespaces, with a stand-in internet', false)
    .option('--timings', 'tell where the time went: steps, phases of each boot, probes', false)
    .option('--fresh', 'boot anew, also when this very lab is kept from an earlier run', false)
    .option('--cold', 'the same, and without the template of the image', false)
    .option('--dry-run', 'print the plan as a shell script and change nothing', false)
    .action((file: string | undefined, options) =>
      run(options.dryRun ? 'nothing' : 'host', options, async (context) => {
        if (options.dryRun)
          return (await import('../commands/plan.ts')).dryRun({ ...options, file }, context);
        return (await import('../commands/provision.ts')).provision({ ...options, file }, context);
      }),
    );

  add('destroy [lab]', 'stop the VMs and remove all that labnet made', [
    'sudo labnet destroy',
    'sudo labnet destroy lab --keep-disks',
    'sudo labnet destroy --all --yes',
    'sudo labnet destroy --check',
  ])
    .option('--all', 'every lab on this host', false)
    .option('--keep-disks', 'keep what the VMs have written for the next provision', false)
    .option('--check', 'compare the host with what it was before the first provision', false)
    .action((lab: string | undefined, options) =>
      run('host', options, async (context) =>
        (await import('../commands/destroy.ts')).destroy({ ...options, lab }, context),
      ),
    );

  add('status [lab]', 'show each resource of a lab as it is now', [
    'sudo labnet status',
    'sudo labnet status lab --json',
  ]).action((lab: string | undefined, options) =>
    run('labs', options, async (context) => (await import('../commands/status.ts')).status(lab, context)),
  );

  add('repair [lab]', 'make again what is gone or has drifted, then verify', [
    'sudo labnet repair',
    'sudo labnet repair lab --json',
  ]).action((lab: string | undefined, options) =>
    run('host', options, async (context) => (await import('../commands/repair.ts')).repair(lab, context)),
  );

  add('verify [lab]', 'check every promise of a running lab again', [
    'sudo labnet verify',
    'sudo labnet verify lab --json',
  ]).action((lab: string | undefined, options) =>
    run('labs', options, async (context) => (await import('../commands/verify.ts')).verify(lab, context)),
  );

  add('export [lab]', "write a lab's disks, seeds and a manifest with hashes, to be handed out", [
    'sudo labnet export lab --out course',
    'sudo labnet export lab --out course --flatten',
  ])
    .requiredOption('--out <directory>', 'a new or empty directory')
    .option('--flatten', 'each disk whole, instead of overlays on one base image', false)
    .action((lab: string | undefined, options) =>
      run('labs', options, async (context) =>
        (await import('../commands/export.ts')).exportLab(lab, options, context),
      ),
    );

  add('doctor', 'what this host has and lacks for labs, each with its remedy', [
    'sudo labnet doctor',
    'sudo labnet doctor --fix',
  ])
    .option('--fix', 'install what is missing', false)
    .action((options) =>
      run('host', options, async (context) =>
        (await import('../commands/doctor.ts')).doctor(options, context),
      ),
    );
}
