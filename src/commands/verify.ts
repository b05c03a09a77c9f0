import { exitStatus } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { chooseLab, loadPlan } from '../labs/lab-store.ts';
import type { Plan } from '../plan/plan.ts';
import { labReport } from '../report/lab-report.ts';
import { labText } from '../report/lab-text.ts';
import type { Context, Result } from '../runs/context.ts';
import { followHost } from '../runs/gather-facts.ts';
import { stoppedVms } from '../runs/stopped.ts';
import { verifyLab } from '../verify/verify.ts';

/** Checks every promise of a running lab again. */
export async function verify(named: string | undefined, context: Context): Promise<Result<'verify'>> {
  const { host, roots, signal, say } = context;
  const plan = await askingRouterOfNow(
    await loadPlan(await chooseLab(named, host, roots), host, roots),
    host,
  );
  const started = performance.now();
  const verification = await verifyLab(plan, { host, roots, signal, onWait: say });
  const stopped = await stoppedVms(plan, host);
  const total = Math.round(performance.now() - started);
  const report = labReport(plan, { verification, timings: { verify: total, total }, stopped });
  return { json: report, text: labText(report), status: verification.ok ? 0 : exitStatus['verify-failed'] };
}

/**
 * The plan with the router that the host has now, which is to be asked: a router that is gone answers nobody, and
 * status tells of that.
 */
async function askingRouterOfNow(plan: Plan, host: Host): Promise<Plan> {
  const { uplink } = (await followHost(plan, host)).plan.network;
  return uplink?.name === plan.network.uplink?.name
    ? { ...plan, network: { ...plan.network, uplink } }
    : plan;
}
