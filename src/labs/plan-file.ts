/** plan.json: the plan a lab was made from, and what is checked of it before anything follows it. */

import { LabnetError } from '../errors.ts';
import type { GroundKind } from '../ground-kind.ts';
import { mapSpecs, type Plan } from '../plan/plan.ts';
import { upgraded } from '../resource/index.ts';
import * as z from '../zod.ts';

/** The version of the format of plan.json; it is raised when an older labnet could not use what a newer one wrote. */
const format = 2;

const address = z.ipv4();
const absolute = z.string().regex(/^\/[^\0\n]*$/);

/** A guest in a plan. Its words are checked, since none of them may be an option to a program that it is given to. */
const guest = z.looseObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  // Plans of labnet before 0.3 have none.
  number: z.int().min(0).max(99).optional(),
  hostname: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  address,
  reach: z.looseObject({ namespace: absolute.optional(), address, channel: absolute.optional() }).optional(),
  mac: z.mac(),
  user: z.string().regex(/^[a-z][a-z0-9_-]*$/),
  instanceId: z.string().regex(/^[a-z0-9-]+$/),
  hosts: z.array(z.looseObject({ name: z.string(), address })),
  cpus: z.int(),
  memory: z.number(),
  uid: z.int().min(1),
  uuid: z.guid(),
  accelerator: z.enum(['kvm', 'tcg']),
  // Plans of labnet before 0.3 have none: it had cloud-init run the lines, which noted nothing of them.
  run: z.array(z.string()).default([]),
  mayLeave: z.boolean().default(false),
});

const schema = z.looseObject({
  format: z.literal([1, format]),
  lab: z.string(),
  stages: z.array(
    z.looseObject({
      title: z.string(),
      specs: z.array(z.looseObject({ kind: z.string(), id: z.string() })),
    }),
  ),
  guests: z.array(guest),
  network: z.looseObject({
    bridge: z.string(),
    address,
    prefix: z.int(),
    subnet: z.cidrv4(),
    resolvers: z.array(z.string()),
    target: z.looseObject({ host: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]*$/), port: z.int() }),
    // In plans of format 1 it is here.
    namespace: absolute.optional(),
  }),
  namespace: absolute.optional(),
  warnings: z.array(z.string()),
  // Plans of labnet before 0.2 have none.
  pace: z.number().min(1).max(400).default(1),
});

/** The text of plan.json for a plan. */
export function formatPlan(plan: Plan): string {
  return JSON.stringify({ format, ...plan });
}

/** Plans of a user's own host, where there is one uid. */
const ofOwnHost = schema.extend({ guests: z.array(guest.extend({ uid: z.literal(0) })) });

/**
 * Reads the text of plan.json.
 *
 * @param ground on which the lab was made: no VM runs as the PC's root
 * @throws LabnetError failed, when it is damaged, another lab's, or a newer labnet's.
 */
export function parsePlan(text: string, lab: string, path: string, ground: GroundKind = 'pc'): Plan {
  const found = (ground === 'pc' ? schema : ofOwnHost).safeParse(parsed(text));
  if (found.success && found.data.lab === lab) {
    // What is not checked here was a plan when labnet wrote it, and only root can have changed it.
    const known = asOfToday(found.data) as unknown as Plan;
    return mapSpecs(known, upgraded);
  }
  const [issue] = found.error?.issues ?? [];
  const where = issue === undefined ? 'it is of another lab' : `${issue.path.join('.')}: ${issue.message}`;
  throw new LabnetError('failed', `${path} is not as labnet wrote it (${where})`, {
    hint: `sudo labnet destroy ${lab} works without it; then provision again`,
  });
}

/** The plan as today's labnet writes it: before, a VM's place was its number and its address the way in, and the namespace was the network's. */
function asOfToday({ format: _, network: written, guests, ...rest }: z.infer<typeof schema>) {
  const { namespace: former, ...network } = written;
  const namespace = rest.namespace ?? former;
  return {
    ...rest,
    guests: guests.map((one, place) => {
      const { number = place, reach = { namespace, address: one.address } } = one;
      return { ...one, number, reach };
    }),
    network,
    namespace,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
