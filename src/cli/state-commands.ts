import type { Command } from 'commander';
import type { AddCommand, Run } from './add-command.ts';
import { addCheckpointCommands } from './checkpoint-commands.ts';
import { withExamples } from './help.ts';
import { oneLab, whichLab } from './which-lab.ts';

/**
 * Adds the commands on saved labs: coming back, checkpoints, the cache. A lab may also be given as a word, where labnet
 * 0.2 had it.
 */
export function addStateCommands(add: AddCommand, run: Run, program: Command): void {
  add('reset [words...]', 'bring a lab, or some of its VMs, back to how it was when it had just been made', [
    'sudo labnet reset',
    'sudo labnet reset vm1',
    'sudo labnet reset vm1 vm2 --lab web',
  ])
    .usage('[options] [vm...]')
    .option('--lab <name>', whichLab)
    .action((words: string[], options) =>
      run('host', options, async (context) =>
        (await import('../commands/reset.ts')).reset(words, options, context),
      ),
    );

  addCheckpointCommands(add, run, program);

  add('restore <name> [lab]', 'bring a lab back to a checkpoint', ['sudo labnet restore before-lesson'])
    .usage('[options] <name>')
    .option('--lab <name>', whichLab)
    .action((name: string, lab: string | undefined, options) =>
      run('host', options, async (context) => {
        const { restore } = await import('../commands/reset.ts');
        return restore(name, oneLab(lab, options), context);
      }),
    );

  const cache = withExamples(program.command('cache'), ['sudo labnet cache list', 'sudo labnet cache prune'])
    .description('labs that are kept to come back at once')
    .exitOverride();
  add('list', 'what is kept, the one used last first', ['sudo labnet cache list'], cache).action((options) =>
    run('labs', options, async (context) => (await import('../commands/cache.ts')).cacheList(context)),
  );
  add(
    'prune',
    'remove what is beyond 20 GB or a fifth of the disk',
    ['sudo labnet cache prune', 'sudo labnet cache prune --all'],
    cache,
  )
    .option('--all', 'remove everything that is kept', false)
    .action((options) =>
      run('host', options, async (context) =>
        (await import('../commands/cache.ts')).cachePrune(options, context),
      ),
    );
}
