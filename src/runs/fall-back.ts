import { savePlan } from '../labs/lab-store.ts';
import { machineOf, underTcg, withMachine } from '../plan/accelerator.ts';
import type { Plan } from '../plan/plan.ts';
import type { Context } from './context.ts';

/**
 * Keeps the plan, also the saved one, in step with VMs that were started again under TCG, and tells
 * of each why.
 */
export function followRestarts(found: { plan?: Plan }, { host, roots, say }: Context) {
  // One after another: the last one written must be the whole.
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
