import { LabnetError } from '../errors.ts';
import { findImage } from '../image/store.ts';
import { imageFacts } from '../image/stored-image.ts';
import type { Context, Result } from '../runs/context.ts';
import { factsFromFile, gatherFacts } from '../runs/gather-facts.ts';
import { type LabOptions, readLab } from '../runs/lab-input.ts';

/** The flags of `labnet plan`. */
export interface PlanOptions extends LabOptions {
  readonly undo?: boolean | undefined;
  readonly facts?: string | undefined;
}

/** Prints what provision would do, as bash; needs no root and changes nothing. */
export async function plan(options: PlanOptions, context: Context): Promise<Result<'plan'>> {
  // While the host answers, the rest of the program is read.
  const labRead = readLab(options, context);
  const decided = async () => ({
    accelerator: 'tcg' as const,
    image: await storedImage((await labRead).image, context),
  });
  const [lab, facts, { planOver, readPriorPlan }, { planScript, undoScript }] = await Promise.all([
    labRead,
    options.facts === undefined ? gatherFacts(context, decided()) : factsFromFile(options.facts, context),
    import('../runs/plan-over.ts'),
    import('../report/script.ts'),
  ]);
  // Facts in a file are those of another host. Of this one they are known by now: with a plan the host takes its pace.
  const prior = options.facts === undefined ? await readPriorPlan(lab.name, context) : undefined;
  const planned = planOver(prior, { lab, facts }, context);
  const script = options.undo === true ? undoScript(planned) : planScript(planned);
  return { json: { ok: true, lab: lab.name, plan: planned, script }, text: script, verbatim: true };
}

/** Prints the plan of a provision. @throws LabnetError usage with `lab`: a lab that is there is not planned anew */
export async function dryRun(
  options: PlanOptions & { readonly lab?: string | undefined },
  context: Context,
): Promise<Result<'plan'>> {
  if (options.lab === undefined) return plan(options, context);
  throw new LabnetError('usage', `--lab ${options.lab} is as it was planned: --dry-run has nothing to plan`, {
    hint: 'sudo labnet explain shows what makes it up; give one of them',
  });
}

async function storedImage(name: string, { host, roots }: Context) {
  const image = await findImage(name, host, roots);
  return image === undefined ? null : imageFacts(image);
}
