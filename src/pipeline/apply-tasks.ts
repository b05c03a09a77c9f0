import { applyOne, type RunContext } from '../engine/apply.ts';
import type { Plan, Stage } from '../plan/plan.ts';
import type { Task } from './list.ts';

/** One task a stage: its resources are made side by side. */
export function applyTasks(plan: Plan, context: RunContext): readonly Task[] {
  return plan.stages.map((stage) => ({
    title: stage.title,
    task: async (_, task) => {
      const made = await applyStage(stage, context);
      task.title = `${stage.title}: ${made === 0 ? 'there already' : `${made} made`}`;
    },
  }));
}

/** Waits for all of them also when one fails: nothing may still be at work when undoing begins. */
async function applyStage({ specs }: Stage, context: RunContext): Promise<number> {
  const results = await Promise.allSettled(specs.map((spec) => applyOne(spec, context)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.filter((result) => result.status === 'fulfilled' && result.value === 'made').length;
}
