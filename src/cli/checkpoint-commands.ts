import type { Command } from 'commander';
import type { AddCommand, Run } from './add-command.ts';
import { withExamples } from './help.ts';
import { oneLab, whichLab } from './which-lab.ts';

/**
 * Adds the commands on checkpoints, which are moments of a lab under names. Without a word before the name, a
 * checkpoint is made, as in labnet 0.2.
 */
export function addCheckpointCommands(add: AddCommand, run: Run, program: Command): void {
  const checkpoint = withExamples(program.command('checkpoint'), [
    'sudo labnet checkpoint make before-lesson',
    'sudo labnet checkpoint list',
  ])
    .description('moments of a lab that you have saved, to come back to with restore')
    .exitOverride();
  const commands = () => import('../commands/checkpoint.ts');

  add(
    'make <name> [lab]',
    'save a running lab, memory and disks, under a name',
    ['sudo labnet checkpoint make before-lesson', 'sudo labnet checkpoint make before-lesson --lab web'],
    checkpoint,
    { isDefault: true },
  )
    .usage('[options] <name>')
    .option('--lab <name>', whichLab)
    .action((name: string, lab: string | undefined, options) =>
      run('host', options, async (context) =>
        (await commands()).checkpointMake(name, oneLab(lab, options), context),
      ),
    );

  add(
    'list [lab]',
    'the checkpoints of a lab, with the room that they take',
    ['sudo labnet checkpoint list'],
    checkpoint,
  ).action((lab: string | undefined, options) =>
    run('labs', options, async (context) => (await commands()).checkpointList(lab, context)),
  );

  add('remove <name>', 'give a checkpoint up', ['sudo labnet checkpoint remove before-lesson'], checkpoint)
    .option('--lab <name>', whichLab)
    .action((name: string, options) =>
      run('host', options, async (context) =>
        (await commands()).checkpointRemove(name, options.lab, context),
      ),
    );
}
