/** What a provision is to make: a lab from its file, or one that is on this host already, as its saved plan says. */
import type { Journal } from '../engine/journal.ts';
import { LabnetError } from '../errors.ts';
import { listImages } from '../image/store.ts';
import { checkUnchanged } from '../image/store-check.ts';
import { imageFacts, type StoredImage } from '../image/stored-image.ts';
import { ensureImage } from '../image-build/ensure.ts';
import type { Lab } from '../lab/lab.ts';
import type { Ruleset } from '../netfilter/ruleset.ts';
import { machineOf, underTcg, withMachine } from '../plan/accelerator.ts';
import { type Plan, secretsOf, specsOf } from '../plan/plan.ts';
import type { Context } from './context.ts';
import { followHost, gatherFacts } from './gather-facts.ts';
import { planOver } from './plan-over.ts';
import { provideImagePrograms } from './programs.ts';

/** What is decided once the host has been looked at. */
interface Decided {
  readonly image: StoredImage;
  readonly accelerator: 'kvm' | 'tcg';
  readonly rules: Promise<Ruleset>;
}

/** A lab that a provision is to make. */
export interface Wanted {
  /** The name of the lab. */
  readonly name: string;
  /** The name or the path of the base image, for people. */
  readonly image: string;
  /** The lab file's passwords by the names that the plan has for them. */
  readonly secrets: ReadonlyMap<string, string>;
  /** The lab of the lab file; undefined where none was read. */
  readonly lab?: Lab;
  /** Gives the stored image, proved unchanged. @throws LabnetError host-cannot or usage */
  provideImage(onProgress: (line: string) => void, context: Context): Promise<StoredImage>;
  /** Makes the plan of the lab for this host. */
  planFor(decided: Decided, context: Context): Promise<Plan>;
}

/**
 * A lab as its file says, on this host as it is now.
 *
 * @param prior the plan of the same lab on this host, see planOver
 */
export function fromFile(lab: Lab, prior?: Plan): Wanted {
  return {
    name: lab.name,
    image: lab.image,
    secrets: secretsOf(lab),
    lab,
    async provideImage(onProgress, context) {
      await provideImagePrograms(lab.image, context);
      return ensureImage(lab.image, { onProgress, signal: context.signal }, context.host, context.roots);
    },
    async planFor({ image, accelerator, rules }, context) {
      const facts = await gatherFacts(context, { accelerator, image: imageFacts(image) }, rules);
      return planOver(prior, { lab, facts }, context);
    },
  };
}

/**
 * A lab that is on this host, as it was planned: after a reboot, or when its disks were kept. Only its VMs may have to
 * be emulated by now.
 *
 * @throws LabnetError failed when the lab was never begun, or when its file must say a password
 */
export function fromPlan(plan: Plan, journal: Journal): Wanted {
  const specs = specsOf(plan);
  const unsaid = specs.filter(
    (spec) =>
      spec.kind === 'password' && spec.given !== undefined && journal.find(spec.id)?.record === undefined,
  );
  if (journal.entries().length === 0 || unsaid.length > 0) {
    throw new LabnetError('failed', `the lab ${plan.lab} was never made whole`, {
      hint: 'sudo labnet provision lab.yaml, with the file that it was begun from, goes on with it',
    });
  }
  const disk = specs.find((spec) => spec.kind === 'overlay');
  const path = disk?.kind === 'overlay' ? disk.backing : '';
  return {
    name: plan.lab,
    image: path,
    secrets: new Map(),
    async provideImage(_, { host, roots }) {
      const image = (await listImages(host, roots)).find((one) => one.path === path);
      if (image !== undefined) return checkUnchanged(image, host, roots);
      throw new LabnetError('host-cannot', `the base image of ${plan.lab} is not in the store: ${path}`, {
        hint: 'labnet image list shows what is; sudo labnet provision lab.yaml makes the image again',
      });
    },
    async planFor({ accelerator }, { host }) {
      const { plan: followed } = await followHost(plan, host);
      if (accelerator === 'kvm') return followed;
      return followed.guests.reduce(
        (known, { name }) => withMachine(known, underTcg(machineOf(name, known))),
        followed,
      );
    },
  };
}
