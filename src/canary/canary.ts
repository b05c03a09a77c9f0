/**
 * The canary: a namespace plugged into the bridge tells in seconds whether a guest's packets will pass, and what stops
 * them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { applyOne, type RunContext } from '../engine/apply.ts';
import { undoOne, undoOrder } from '../engine/destroy.ts';
import { inspectOne } from '../engine/inspect.ts';
import type { Host } from '../host/host.ts';
import { ignoresPing } from '../observe/ping.ts';
import { type CanaryTry, type Plan, startsMachines } from '../plan/plan.ts';
import type { ResourceSpec } from '../resource/index.ts';
import { followPackets } from './follow-packets.ts';
import { judge, unexplained } from './judge.ts';
import { type Tried, Unseen } from './outcome.ts';

/** What the canary found where nothing on this host is in its way. */
export interface Flight {
  /** Whether the canary was left out, since some VM is there already, whose own probes tell more. */
  readonly skipped: boolean;
  readonly tried: readonly Tried[];
  /** A line for each try that got no good answer from outside this host. */
  readonly warnings: readonly string[];
}

/** Milliseconds in which answers come where nothing is in the way. */
const soonMs = 400;

/**
 * Makes the canary, tries the way out, and unmakes it, whatever comes. When answers do not come soon, its packets are
 * followed.
 *
 * @throws LabnetError host-cannot naming the rule that stops the packets, and what lets them pass
 */
export async function flyCanary(plan: Plan, context: RunContext): Promise<Flight> {
  const { host } = context;
  // A run that was killed may have left its own canary.
  await comeDown(plan, context);
  if (await anyMachineThere(plan, context)) return { skipped: true, tried: [], warnings: [] };
  try {
    for (const spec of plan.canary.specs) await applyOne(spec, context);
    const tries = plan.canary.tries.map((one) => tryOne(plan, one, host));
    const all = Promise.all(tries).then((results) => decisive(results.flat(), plan, host));
    const early = await Promise.race([all, sleep(soonMs)]);
    if (early?.every(({ ok }) => ok)) return { skipped: false, tried: early, warnings: [] };
    try {
      return await lookCloser(plan, all, context);
    } catch (error) {
      if (!(error instanceof Unseen)) throw error;
      const late = await tryLonger(plan, context);
      if (late.every(({ ok }) => ok)) return { skipped: false, tried: late, warnings: [] };
      throw error;
    }
  } finally {
    await comeDown(plan, context);
  }
}

async function lookCloser(
  plan: Plan,
  tries: Promise<readonly Tried[]>,
  context: RunContext,
): Promise<Flight> {
  // They are waited for below; where something else fails first, their own failure is not left unhandled.
  tries.catch(() => {});
  await applyOne(plan.canary.trace, context);
  const { result, ...followed } = await followPackets(plan, context.host, async (soFar) => {
    const first = await tries;
    const riddles = unexplained(first, soFar(), plan);
    if (riddles.length === 0) return first;
    // These tries had ended before nft listened.
    const names = new Set(riddles.map(({ to }) => to));
    const again = plan.canary.tries.filter(({ to }) => names.has(to));
    const second = await Promise.all(again.map((one) => tryOne(plan, one, context.host)));
    const both = [...first.filter(({ to }) => !names.has(to)), ...second.flat()];
    return decisive(both, plan, context.host);
  });
  const warnings = await judge({ plan, tried: result, ...followed }, context.host);
  return { skipped: false, tried: result, warnings };
}

/**
 * Tries again with more time, before a PC is blamed for what nobody has seen; without the trace, which takes time
 * itself.
 */
async function tryLonger(plan: Plan, { host }: RunContext): Promise<readonly Tried[]> {
  const tries = plan.canary.tries.map(({ to, argv, patient = argv }) => ({ to, argv: patient }));
  const tried = await Promise.all(tries.map((one) => tryOne(plan, one, host)));
  return decisive(tried.flat(), plan, host);
}

/** Makes one try in the canary's namespace. */
async function tryOne(plan: Plan, { to, argv }: CanaryTry, host: Host): Promise<readonly Tried[]> {
  const { status, stdout } = await host.run(argv, {
    namespace: plan.canary.namespace,
    // ping(8): 1 without an answer, 2 where it could not even ask.
    accept: to === 'outside' ? [0] : [0, 1, 2],
    timeout: 30_000,
  });
  if (to === 'outside') {
    // Written by `labnet reach`, which is of this very labnet.
    return (JSON.parse(stdout) as readonly Omit<Tried, 'to'>[]).map((one) => ({ ...one, to }));
  }
  const address = argv.at(-1) ?? '';
  const reason = `${address} ${status === 0 ? 'answers' : 'does not answer'}`;
  return [{ to, id: 'ping', ok: status === 0, reason }];
}

/**
 * Leaves out the pings that say nothing. A ping that is not answered says nothing where all beyond works: many routers
 * answer none, and a rule of this host may drop pings alone. Nor does one to a host that answers none at all.
 */
async function decisive(tried: readonly Tried[], plan: Plan, host: Host): Promise<readonly Tried[]> {
  const outside = tried.filter(({ to }) => to === 'outside');
  const isOpen = outside.length > 0 && outside.every(({ ok }) => ok);
  const fails = tried.some(({ to, ok }) => to === 'host' && !ok);
  const isMute = fails && (await ignoresPing(host, plan.namespace));
  return tried.filter(({ to, ok }) => ok || !((to !== 'outside' && isOpen) || (to === 'host' && isMute)));
}

async function anyMachineThere(plan: Plan, { journal, host }: RunContext): Promise<boolean> {
  const machines = plan.stages.filter(startsMachines).flatMap(({ specs }) => specs);
  const found = await Promise.all(machines.map((spec) => inspectOne(spec, journal, host)));
  return found.some(({ state }) => state !== 'absent');
}

/**
 * Unmakes what there is of the canary. What is left is no failure here: the journal has it, and destroy tries again.
 */
async function comeDown(plan: Plan, context: RunContext): Promise<void> {
  const ids = new Set(ofCanary(plan).map(({ id }) => id));
  for (const entry of undoOrder(context.journal)) if (ids.has(entry.id)) await undoOne(entry, context);
}

function ofCanary({ canary }: Plan): readonly ResourceSpec[] {
  return [...canary.specs, canary.trace];
}
