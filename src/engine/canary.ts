/** The canary: a namespace plugged into the bridge tells in seconds whether a guest's packets will pass, and what stops them. */
import type { Host } from '../host/host.ts';
import type { CanaryTry, Plan } from '../plan/plan.ts';
import { startsMachines } from '../plan/plan.ts';
import type { ResourceSpec } from '../resource/index.ts';
import { applyOne, type RunContext } from './apply.ts';
import { judge, type Tried } from './canary-judge.ts';
import { undoOne, undoOrder } from './destroy.ts';
import { followPackets } from './follow-packets.ts';
import { inspectOne } from './inspect.ts';

/** What the canary found where nothing on this host is in its way. */
export interface Flight {
  /** Some VM runs already: its own probes tell more. */
  readonly skipped: boolean;
  readonly tried: readonly Tried[];
  /** What left this host and was not answered. */
  readonly warnings: readonly string[];
}

/**
 * Makes the canary, tries the way out, and unmakes it, whatever comes. What fails is tried once more while its packets
 * are followed.
 *
 * @throws LabnetError host-cannot naming the rule that stops the packets, and what lets them pass
 */
export async function flyCanary(plan: Plan, context: RunContext): Promise<Flight> {
  // A run that was killed may have left its own.
  await comeDown(plan, context);
  if (await anyMachineThere(plan, context)) return { skipped: true, tried: [], warnings: [] };
  try {
    for (const spec of plan.canary.specs) await applyOne(spec, context);
    const first = await tryAll(plan, plan.canary.tries, context.host);
    if (first.every(({ ok }) => ok)) return { skipped: false, tried: first, warnings: [] };
    return await lookCloser(plan, first, context);
  } finally {
    await comeDown(plan, context);
  }
}

async function lookCloser(plan: Plan, first: readonly Tried[], context: RunContext): Promise<Flight> {
  const { tries, trace } = plan.canary;
  const failures = first.filter(({ ok }) => !ok);
  const failed = new Set(failures.map(({ to }) => to));
  const again = tries.filter(({ to }) => failed.has(to));
  await applyOne(trace, context);
  const {
    result = failures,
    traced,
    reversePathDrops,
  } = await followPackets(plan, context.host, (signal) => tryAll(plan, again, context.host, signal));
  const warnings = await judge({ plan, tried: result, traced, reversePathDrops }, context.host);
  return { skipped: false, tried: [...first.filter(({ to }) => !failed.has(to)), ...result], warnings };
}

/** Side by side, in the canary's namespace. */
async function tryAll(
  plan: Plan,
  tries: readonly CanaryTry[],
  host: Host,
  signal?: AbortSignal,
): Promise<readonly Tried[]> {
  const { namespace } = plan.canary;
  const results = tries.map(async ({ to, argv }): Promise<readonly Tried[]> => {
    const { status, stdout } = await host.run(argv, {
      namespace,
      accept: [0, 1, 2],
      timeout: 10_000,
      signal,
    });
    if (to === 'outside') {
      // Written by `labnet reach`, which is of this very labnet.
      return (JSON.parse(stdout) as readonly Omit<Tried, 'to'>[]).map((one) => ({ ...one, to }));
    }
    const address = argv.at(-1) ?? '';
    return [
      {
        to,
        id: 'ping',
        ok: status === 0,
        reason: `${address} ${status === 0 ? 'answers' : 'does not answer'}`,
      },
    ];
  });
  return (await Promise.all(results)).flat();
}

async function anyMachineThere(plan: Plan, { journal, host }: RunContext): Promise<boolean> {
  const machines = plan.stages.filter(startsMachines).flatMap(({ specs }) => specs);
  const found = await Promise.all(machines.map((spec) => inspectOne(spec, journal, host)));
  return found.some(({ state }) => state !== 'absent');
}

/** Unmakes what there is of the canary. What is left is no failure here: the journal has it, and destroy tries again. */
async function comeDown(plan: Plan, context: RunContext): Promise<void> {
  const ids = new Set(ofCanary(plan).map(({ id }) => id));
  for (const entry of undoOrder(context.journal)) if (ids.has(entry.id)) await undoOne(entry, context);
}

function ofCanary({ canary }: Plan): readonly ResourceSpec[] {
  return [...canary.specs, canary.trace];
}
