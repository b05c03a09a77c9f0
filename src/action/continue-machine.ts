import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../host/host.ts';
import type { ContinueAction } from './action.ts';

/** Milliseconds in which QEMU has tried again what it could not write (it does so at once), and stopped again if it still cannot. */
const secondThought = 300;

/** QMP `cont`. Whether the VM still runs a moment later is for inspection to see. @throws LabnetError failed. */
export async function continueMachine({ qmp }: ContinueAction, host: Host): Promise<void> {
  await host.qmp(qmp, 'cont');
  await sleep(secondThought);
}
