import { findProcess } from '../action/stop-process.ts';
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { chooseLab, listLabs, loadPlan } from '../labs/lab-store.ts';
import type { Roots } from '../paths.ts';
import type { Guest, Plan } from '../plan/plan.ts';
import type { Context } from './context.ts';

/**
 * Finds the VM of a name, in the lab named, or in the only lab that has one of that name.
 *
 * @throws LabnetError usage
 */
export async function findGuest(
  name: string,
  lab: string | undefined,
  { host, roots }: Pick<Context, 'host' | 'roots'>,
): Promise<{ readonly guest: Guest; readonly plan: Plan }> {
  const plans =
    lab === undefined
      ? await madePlans(host, roots)
      : [await loadPlan(await chooseLab(lab, host, roots), host, roots)];
  const found = plans.flatMap((plan) =>
    plan.guests.filter((guest) => guest.name === name).map((guest) => ({ guest, plan })),
  );
  const [only, ...others] = found;
  if (only === undefined) {
    const names = plans.flatMap(({ guests }) => guests.map((guest) => guest.name));
    throw new LabnetError('usage', `no VM ${name}`, {
      hint: names.length === 0 ? 'sudo labnet provision --vms 2 makes two' : `there is ${names.join(', ')}`,
    });
  }
  if (others.length > 0) {
    throw new LabnetError(
      'usage',
      `several labs have a VM ${name}: ${found.map(({ plan }) => plan.lab).join(', ')}`,
      {
        hint: 'name the lab: --lab NAME',
      },
    );
  }
  return only;
}

/** The plans of all labs, except of one that is only being made, or never was whole. */
async function madePlans(host: Host, roots: Roots): Promise<readonly Plan[]> {
  const labs = await listLabs(host, roots);
  const plans = await Promise.all(labs.map((one) => loadPlan(one, host, roots).catch(() => undefined)));
  return plans.filter((plan) => plan !== undefined);
}

/** Refuses a VM whose QEMU is not there. @throws LabnetError failed, with what starts the VM again. */
export async function requireRunning({ name, uuid, uid }: Guest, { host }: Context): Promise<void> {
  if ((await findProcess(uuid, uid, host)) !== undefined) return;
  throw new LabnetError('failed', `${name} does not run`, { hint: 'sudo labnet repair starts it again' });
}
