import { processOf } from '../action/stop-process.ts';
import type { Host } from '../host/host.ts';
import type { Plan } from '../plan/plan.ts';

/** The names of the VMs whose QEMU does not run. */
export async function stoppedVms(plan: Plan, host: Host): Promise<ReadonlySet<string>> {
  const processes = await host.processes();
  const stopped = plan.guests.filter((guest) => processOf(guest, processes) === undefined);
  return new Set(stopped.map(({ name }) => name));
}
