import { toShell } from '../action/to-shell.ts';
import { LabnetError } from '../errors.ts';
import { labOfSize } from '../lab/validate.ts';
import { listLabs, loadPlan } from '../labs/lab-store.ts';
import type { HostFacts } from '../plan/facts.ts';
import { specsOf } from '../plan/plan.ts';
import { planLab } from '../plan/plan-lab.ts';
import { kinds, type ResourceSpec, typeOf } from '../resource/index.ts';
import type { Context, Result } from '../runs/context.ts';
import { gatherFacts } from '../runs/gather-facts.ts';
import { sourceDate } from '../runs/source-date.ts';

/** Tells why resources of a kind, or the one of an id, exist, and the commands that make and remove them. */
export async function explain(what: string | undefined, context: Context): Promise<Result<'explain'>> {
  const specs = await knownSpecs(context);
  if (what === undefined) return overview(specs);
  const byId = specs.filter(({ id }) => id === what);
  const found = byId.length > 0 ? byId : firstOf(specs, what);
  if (found.length === 0) {
    throw new LabnetError('usage', `nothing is called ${what}`, {
      hint: `kinds: ${kinds.join(', ')}; ids: ${specs
        .slice(0, 4)
        .map(({ id }) => id)
        .join(', ')}…`,
    });
  }
  const explained = found.map((spec) => {
    const type = typeOf(spec);
    return {
      id: spec.id,
      why: type.why(spec),
      make: type.create(spec).map(toShell),
      remove: type.remove(spec).map(toShell),
    };
  });
  const text = explained.map(({ id, why, make, remove }) =>
    [`# ${id}: ${why}`, '', '# made by', ...make, '', '# removed by', ...remove].join('\n'),
  );
  return { json: { ok: true, resources: explained }, text: text.join('\n\n') };
}

/** The first resource of a kind, by which the kind is explained. */
function firstOf(specs: readonly ResourceSpec[], kind: string): readonly ResourceSpec[] {
  return specs.filter((spec) => spec.kind === kind).slice(0, 1);
}

function overview(specs: readonly ResourceSpec[]): Result<'explain'> {
  const rows = kinds.flatMap((kind) =>
    firstOf(specs, kind).map((spec) => ({ kind, example: spec.id, why: typeOf(spec).why(spec) })),
  );
  return {
    json: { ok: true, kinds: rows },
    text: rows.map(({ kind, why }) => `${kind}\n  ${why}`).join('\n'),
  };
}

/**
 * The specs to explain: those of the only lab on this host, and for kinds that it lacks, those of labs of two VMs as
 * examples.
 */
async function knownSpecs(context: Context): Promise<readonly ResourceSpec[]> {
  const { env, roots } = context;
  const own = await specsOfOnlyLab(context);
  const facts = await gatherFacts(context, { accelerator: 'tcg', image: null });
  // The examples are for a host with all that labnet has an answer to.
  const beside: HostFacts = {
    ...facts,
    resolvers: ['192.0.2.53'],
    docker: 'iptables-nft',
    networkManager: true,
  };
  const examples = [true, false].flatMap((sandbox) => {
    const lab = labOfSize(2, { sandbox });
    const plan = planLab({ lab, facts: beside, roots, date: sourceDate(env) });
    return [...specsOf(plan), ...plan.canary.specs, plan.canary.trace];
  });
  const seen = new Set<string>();
  const fill = examples.filter(({ kind, id }) => {
    const isNew = own.every((spec) => spec.kind !== kind) && !seen.has(id);
    seen.add(id);
    return isNew;
  });
  return [...own, ...fill];
}

/** The specs of the only lab on this host; none where there are several, or where this user may not look. */
async function specsOfOnlyLab({ host, roots }: Context): Promise<readonly ResourceSpec[]> {
  const [only, ...others] = await listLabs(host, roots).catch(() => []);
  if (only === undefined || others.length > 0) return [];
  return loadPlan(only, host, roots).then(specsOf, () => []);
}
