import type { Command } from 'commander';
import type { AddCommand, Run } from './add-command.ts';
import { withExamples } from './help.ts';

/** Commands on saved labs: coming back, checkpoints, the cache. */
export function addStateCommands(add: AddCommand, run: Run, program: Command): void {
  add('reset [words...]', 'bring a lab, or some of its VMs, back to how it was when it had just been made', [
    'sudo labnet reset',
    'sudo labnet reset vm1',
    'sudo labnet reset lab vm1 vm2',
  ]).action((words: string[], options) =>
    run(options, async (context) => (await import('../commands/reset.ts')).reset(words, context)),
  );

  add('checkpoint <name> [lab]', 'save a running lab, memory and disks, under a name; "list" lists them', [
    'sudo labnet checkpoint before-lesson',
    'sudo labnet checkpoint list',
  ]).action((name: string, lab: string | undefined, options) =>
    run(options, async (context) => {
      const { checkpoint, checkpointList } = await import('../commands/checkpoint.ts');
      return name === 'list' ? checkpointList(lab, context) : checkpoint(name, lab, context);
    }),
  );

  add('restore <name> [lab]', 'bring a lab back to a checkpoint', [
    'sudo labnet restore before-lesson',
  ]).action((name: string, lab: string | undefined, options) =>
    run(options, async (context) => (await import('../commands/reset.ts')).restore(name, lab, context)),
  );

  const cache = withExamples(program.command('cache'), ['sudo labnet cache list', 'sudo labnet cache prune'])
    .description('labs that are kept to come back at once')
    .exitOverride();
  add('list', 'what is kept, the one used last first', ['sudo labnet cache list'], cache).action((options) =>
    run(options, async (context) => (await import('../commands/cache.ts')).cacheList(context)),
  );
  add(
    'prune',
    'remove what is beyond 20 GB or a fifth of the disk',
    ['sudo labnet cache prune', 'sudo labnet cache prune --all'],
    cache,
  )
    .option('--all', 'remove everything that is kept', false)
    .action((options) =>
      run(options, async (context) => (await import('../commands/cache.ts')).cachePrune(options, context)),
    );
}
