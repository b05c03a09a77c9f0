import { savePlan } from '../labs/lab-store.ts';
import { machineOf, underTcg, withMachine } from '../plan/accelerator.ts';
import type { Plan } from '../plan/plan.ts';
import type { Context } from './context.ts';

/**
 * Makes the function that is told of VMs that were started again under TCG: it keeps the plan, also the saved one, in
 * step with them, and tells the user why of each.
 */
export function followRestarts(found: { plan?: Plan }, { host, roots, say }: Context) {
  // The plans are written one after another: the last one must have every VM's change.
  let last: Promise<void> = Promise.resolve();
  return (vm: string, reason: string): Promise<void> => {
    say(`warning: ${vm}: ${reason}`);
    last = last.then(async () => {
      if (found.plan === undefined) return;
      found.plan = withMachine(found.plan, underTcg(machineOf(vm, found.plan)));
      await savePlan(found.plan, host, roots);
    });
    return last;
  };
}
