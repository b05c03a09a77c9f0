import { applyOne, type RunContext } from '../engine/apply.ts';
import { sideBySide } from '../engine/side-by-side.ts';
import type { Plan, Stage } from '../plan/plan.ts';
import type { Step } from '../progress/progress.ts';

/** Makes one step of each stage, whose resources are made side by side. */
export function applySteps({ stages }: Pick<Plan, 'stages'>, context: RunContext): readonly Step[] {
  return stages.map((stage) => ({
    title: stage.title,
    work: async (line) => line.title(await applyStage(stage, context)),
  }));
}

/**
 * Makes the resources of a stage side by side. When one fails, it waits for the others that were begun: nothing may
 * still be at work when undoing begins.
 *
 * @returns what came of it: "Taps: 2 made"
 */
export async function applyStage({ title, specs }: Stage, context: RunContext): Promise<string> {
  const results = await sideBySide(specs, (spec) => applyOne(spec, context));
  const made = results.filter((result) => result === 'made').length;
  return `${title}: ${made === 0 ? 'there already' : `${made} made`}`;
}
