import type { AddCommand, Run } from './add-command.ts';
import { count } from './numbers.ts';

/** Adds the commands that need no root and change nothing but lab.yaml. */
export function addTeachingCommands(add: AddCommand, run: Run): void {
  add('plan [file]', 'print what provision would do, as a shell script', [
    'labnet plan --vms 2',
    'labnet plan lab.yaml --undo',
    'labnet plan --vms 2 --facts facts.json',
  ])
    .option('--vms <n>', 'that many VMs on the standard network', count)
    .option('--sandbox', 'all in network namespaces, with a stand-in internet', false)
    .option('--undo', 'the way back', false)
    .option('--facts <file>', 'plan for the host described in this file')
    .action((file: string | undefined, options) =>
      run('nothing', options, async (context) =>
        (await import('../commands/plan.ts')).plan({ ...options, file }, context),
      ),
    );

  add('facts', 'what planning knows of this host, as JSON for plan --facts', [
    'labnet facts > facts.json',
  ]).action((options) =>
    run('nothing', options, async (context) => (await import('../commands/facts.ts')).showFacts(context)),
  );

  add('explain [what]', 'why a kind of resource, or the one of an id, exists, and its commands', [
    'labnet explain',
    'labnet explain bridge',
    'labnet explain tap:vm1',
  ]).action((what: string | undefined, options) =>
    run('nothing', options, async (context) =>
      (await import('../commands/explain.ts')).explain(what, context),
    ),
  );

  add('init', 'write a commented lab.yaml to start from', [
    'labnet init',
    'labnet init --template lab-sheet',
    'labnet init --list',
  ])
    .option('--template <name>', 'another one than the default')
    .option('--list', 'the names of the templates', false)
    .action((options) =>
      run('nothing', options, async (context) =>
        (await import('../commands/init.ts')).init(options, context),
      ),
    );

  add('schema [command]', 'the JSON Schema of lab.yaml, or of what a command prints with --json', [
    'labnet schema > lab.schema.json',
    'labnet schema provision',
  ]).action((command: string | undefined, options) =>
    run('nothing', options, async () => (await import('../commands/schema.ts')).schema(command)),
  );
}
