import type { RunContext } from '../engine/apply.ts';
import { type Repaired, repairOne } from '../engine/repair.ts';
import type { Plan } from '../plan/plan.ts';
import type { Task } from '../progress/list.ts';

/**
 * One task a stage, in the order of making: what hangs on a thing that was made again is found adrift after it.
 *
 * @param onRepaired is told what came of each resource
 */
export function repairTasks(
  plan: Plan,
  context: RunContext,
  onRepaired: (repaired: Repaired) => void,
): readonly Task[] {
  return plan.stages.map(({ title, specs }) => ({
    title,
    task: async (_, task) => {
      // Waits for all of them also when one is interrupted: nothing may still be at work when the locks are released.
      const results = await Promise.allSettled(specs.map((spec) => repairOne(spec, context)));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      const all = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      for (const one of all) onRepaired(one);
      const count = (outcome: Repaired['outcome']) => all.filter((one) => one.outcome === outcome).length;
      const left = count('not repaired') === 0 ? '' : `, ${count('not repaired')} not repaired`;
      const said =
        count('repaired') === 0 && left === '' ? 'nothing to do' : `${count('repaired')} repaired${left}`;
      task.title = `${title}: ${said}`;
    },
  }));
}
