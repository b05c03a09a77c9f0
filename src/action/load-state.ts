import { setTimeout as sleep } from 'node:timers/promises';
import { LabnetError, messageOf } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { plugCpus } from '../qemu/plug-cpus.ts';
import { memoryApart } from '../qemu/save-state.ts';
import * as z from '../zod.ts';
import type { LoadStateAction } from './action.ts';

/** The error when QEMU could not go on from the state that it was given. */
export class NotLoaded extends LabnetError {}

const statusSchema = z.looseObject({ status: z.string() });

/** Milliseconds that loading a state may take on a usual PC, and between two looks at it. */
const loadTimeoutMs = 60_000;
const pollMs = 10;

/**
 * Fills a QEMU that was started with `-incoming defer` from the state on its descriptor 3, and lets it run
 * (QEMU, docs/devel/migration).
 *
 * @throws NotLoaded when QEMU refuses the state, ends over it, or is not through with it in time
 */
export async function loadState(action: LoadStateAction, host: Host): Promise<void> {
  try {
    await load(action, host);
  } catch (cause) {
    throw new NotLoaded('failed', messageOf(cause), { cause });
  }
}

async function load({ qmp, lateCpus, memoryApart: apart }: LoadStateAction, host: Host): Promise<void> {
  if (lateCpus) await plugCpus(qmp, host);
  if (apart === true) await host.qmp(qmp, 'migrate-set-capabilities', memoryApart(true));
  await host.qmp(qmp, 'migrate-incoming', { uri: 'fd:3' });
  const limitMs = loadTimeoutMs * host.pace;
  const deadline = performance.now() + limitMs;
  for (;;) {
    const { status } = statusSchema.parse(await host.qmp(qmp, 'query-status'));
    if (status !== 'inmigrate') break;
    if (performance.now() > deadline)
      throw new LabnetError(
        'failed',
        `${qmp}: the state is not loaded within ${Math.round(limitMs / 1000)} s`,
      );
    await sleep(pollMs);
  }
  await host.qmp(qmp, 'cont');
}
