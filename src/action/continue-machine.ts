import type { Host } from '../host/host.ts';
import type { ContinueAction } from './action.ts';
import { findProcess } from './stop-process.ts';

/** Milliseconds that QEMU gets: it tries at once what it could not write, and stops again if it still cannot. */
const secondLookMs = 300;

/**
 * Lets a VM go on (QMP `cont`). Whether it still runs a moment later is for inspection to see.
 *
 * @throws LabnetError failed
 */
export async function continueMachine({ uuid, uid, qmp }: ContinueAction, host: Host): Promise<void> {
  await host.qmp(qmp, 'cont');
  const process = await findProcess(uuid, uid, host);
  if (process !== undefined) await host.waitForExit(process.pid, secondLookMs);
}
