import type { RunContext } from '../engine/apply.ts';
import { type Repaired, repairOne } from '../engine/repair.ts';
import { sideBySide } from '../engine/side-by-side.ts';
import type { Plan } from '../plan/plan.ts';
import type { Step } from '../progress/progress.ts';

/**
 * Makes one step of each stage, in the order of making: what depends on a thing that was made again is found drifted
 * after it.
 *
 * @param onRepaired is told what came of each resource
 */
export function repairSteps(
  plan: Plan,
  context: RunContext,
  onRepaired: (repaired: Repaired) => void,
): readonly Step[] {
  return plan.stages.map(({ title, specs }) => ({
    title,
    work: async (line) => {
      // All repairs are waited for, also when one is interrupted: none may be at work when the locks are released.
      const all = await sideBySide(specs, (spec) => repairOne(spec, context));
      for (const one of all) onRepaired(one);
      const count = (outcome: Repaired['outcome']) => all.filter((one) => one.outcome === outcome).length;
      const left = count('not repaired') === 0 ? '' : `, ${count('not repaired')} not repaired`;
      const said =
        count('repaired') === 0 && left === '' ? 'nothing to do' : `${count('repaired')} repaired${left}`;
      line.title(`${title}: ${said}`);
    },
  }));
}
