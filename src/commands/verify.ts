import { exitStatus } from '../errors.ts';
import { chooseLab, loadPlan } from '../labs/lab-store.ts';
import { requireRoot } from '../preflight/preflight.ts';
import { labReport } from '../report/lab-report.ts';
import { labText } from '../report/lab-text.ts';
import type { Context, Result } from '../runs/context.ts';
import { stoppedVms } from '../runs/stopped.ts';
import { verifyLab } from '../verify/verify.ts';

/** Checks every promise of a running lab again. */
export async function verify(named: string | undefined, context: Context): Promise<Result<'verify'>> {
  const { host, roots, signal } = context;
  requireRoot(context.uid);
  const plan = await loadPlan(await chooseLab(named, host, roots), host, roots);
  const started = performance.now();
  const verification = await verifyLab(plan, { host, roots, signal });
  const stopped = await stoppedVms(plan, host);
  const total = Math.round(performance.now() - started);
  const report = labReport(plan, { verification, timings: { verify: total, total }, stopped });
  return { json: report, text: labText(report), status: verification.ok ? 0 : exitStatus['verify-failed'] };
}
