import { mapSpecs, type Plan, specsOf } from '../plan/plan.ts';
import { type ResourceSpec, typeOf } from '../resource/index.ts';
import { instanceIdIn } from '../resource/seed.ts';
import { isSameWish } from '../resource/wish.ts';
import { canonical } from '../text/canonical.ts';
import type { Journal } from './journal.ts';

/**
 * The plan, in which what stands already is as it was made: with the accelerator that a VM was started with, the keys
 * of the user who first made the lab, and the words that another labnet had for the same wish. What a reboot has taken
 * is made anew, in its new form.
 *
 * @param boot the id of this boot
 */
export function asKnown(plan: Plan, journal: Journal, boot: string): Plan {
  const known = (planned: ResourceSpec): ResourceSpec => {
    const entry = journal.find(planned.id);
    if (entry?.record === undefined || !isSameWish(entry.spec, planned)) return planned;
    const stands = typeOf(planned).outlivesBoot === true || entry.boot === boot;
    return stands ? asMadeAnew(entry.spec) : planned;
  };
  return withGuests(mapSpecs(withFormerTable(plan, journal, boot), known));
}

/**
 * The plan with the one table against spoofing that a labnet before 0.3 has made for all VMs of a lab, where that
 * stands and says the same as those of its VMs.
 */
function withFormerTable(plan: Plan, journal: Journal, boot: string): Plan {
  const former = journal
    .entries()
    .find(({ spec, record }) => spec.kind === 'anti-spoof' && spec.vm === undefined && record !== undefined);
  if (former?.spec.kind !== 'anti-spoof' || former.boot !== boot) return plan;
  const isTable = (spec: ResourceSpec) => spec.kind === 'anti-spoof';
  const ports = specsOf(plan).flatMap((spec) => (spec.kind === 'anti-spoof' ? spec.ports : []));
  if (canonical(ports) !== canonical(former.spec.ports)) return plan;
  const specs = [former.spec];
  return {
    ...plan,
    stages: plan.stages.map((stage) => (stage.specs.some(isTable) ? { ...stage, specs } : stage)),
  };
}

/** The spec without where it once came from, which is no part of a plan: what was saved may be gone by now. */
function asMadeAnew(spec: ResourceSpec): ResourceSpec {
  if (spec.kind === 'machine') return { ...spec, saved: undefined, clone: undefined };
  return 'saved' in spec ? { ...spec, saved: undefined } : spec;
}

/** The plan with what is told of each VM taken from its specs: who cloud-init takes it for, and its accelerator. */
function withGuests(plan: Plan): Plan {
  const specs = specsOf(plan);
  const guests = plan.guests.map((guest) => {
    const own = specs.filter(({ vm }) => vm === guest.name);
    const seed = own.find((spec) => spec.kind === 'seed');
    const machine = own.find((spec) => spec.kind === 'machine');
    return {
      ...guest,
      ...(seed !== undefined && { instanceId: instanceIdIn(seed) }),
      ...(machine !== undefined && { accelerator: machine.command.accelerator }),
    };
  });
  return { ...plan, guests };
}
