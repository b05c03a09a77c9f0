/** What a provision finds out and refuses before it changes anything. */
import { allEnded } from '../engine/all-ended.ts';
import { asRouted } from '../engine/follow.ts';
import type { Entry } from '../engine/journal.ts';
import { asKnown } from '../engine/known.ts';
import { requireThere } from '../image/store-check.ts';
import type { StoredImage } from '../image/stored-image.ts';
import { type OpenLab, savePlan } from '../labs/lab-store.ts';
import { saveSnapshot } from '../labs/snapshot.ts';
import { readRuleset } from '../netfilter/read-ruleset.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import { refuseOtherPasswords } from '../preflight/changed.ts';
import { refuseFirewalls } from '../preflight/firewalls.ts';
import { refuseConflicts, requireRoom } from '../preflight/preflight.ts';
import { refuseSurroundings } from '../preflight/surroundings.ts';
import { type Accelerator, probeAccelerator } from '../qemu/accelerator.ts';
import type { Context } from './context.ts';
import type { Wanted } from './wanted.ts';

/** The lab that a run works on, and what its journal knew before. */
export interface BegunRun extends Pick<OpenLab, 'journal'> {
  readonly before: readonly Entry[];
  /** Whether the VMs boot, also when the lab's state is kept. */
  readonly fresh: boolean;
  /** Whether the VMs boot from the beginning, without templates. */
  readonly cold: boolean;
}

/** Finds out what VMs can run with on this host; before a lab's first provision, also notes down the host as it was. */
export async function chooseAccelerator(
  { name }: Wanted,
  image: StoredImage,
  { journal }: BegunRun,
  { host, roots, signal, options }: Context,
): Promise<Accelerator> {
  const [chosen] = await allEnded([
    probeAccelerator(host, { scratch: roots.run, signal }),
    // Only a lab's first provision does this, which finds an empty journal.
    journal.entries().length === 0 && saveSnapshot(name, image, host, roots),
  ]);
  host.slowed(chosen.slowness * options.patience);
  return chosen;
}

/** The plan for this host, once nothing is in its way; it is saved from then on. */
export async function preflight(
  wanted: Wanted,
  { image, accelerator }: { readonly image: StoredImage; readonly accelerator: Accelerator },
  { journal }: BegunRun,
  context: Context,
): Promise<Plan> {
  const { host, roots, say } = context;
  await requireThere(image, host);
  const rules = readRuleset(host);
  const planned = await wanted.planFor({ image, accelerator: accelerator.accelerator, rules }, context);
  const boot = await host.bootId();
  const plan = asRouted(asKnown(planned, journal, boot), journal, boot);
  for (const warning of plan.warnings) say(`warning: ${warning}`);
  await refuseConflicts(plan, journal, host);
  await refuseOtherPasswords(specsOf(plan), wanted.secrets, host);
  for (const warning of await requireRoom(plan, journal, host, roots)) say(`warning: ${warning}`);
  await refuseFirewalls(plan, host, rules);
  for (const warning of await refuseSurroundings(plan, host)) say(`warning: ${warning}`);
  await savePlan(plan, host, roots);
  return plan;
}
