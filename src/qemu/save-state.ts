import { setTimeout as sleep } from 'node:timers/promises';
import { LabnetError, throwIfInterrupted } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { msPerMiB } from '../host/receive-file.ts';
import * as z from '../zod.ts';

const migration = z.looseObject({ status: z.string(), 'error-desc': z.string().optional() });

/** Milliseconds that saving one VM may take, beside the time that its memory takes. */
const saveTimeoutMs = 120_000;
/** Milliseconds between two looks at how far the saving is. */
const pollMs = 20;

/** MiB that devices, and pages that are told twice, may take beside the memory itself. */
export const stateBeside = 256;

/** What saving the state of a VM needs. */
export interface SaveState {
  /** The name of the VM, for messages. */
  readonly vm: string;
  /** The path of QEMU's control socket; the VM is paused. */
  readonly qmp: string;
  /** The uid that QEMU runs under. */
  readonly uid: number;
  /** The VM's memory in MiB. */
  readonly memory: number;
  /** The path of the socket at which labnet listens for the state while it is saved. */
  readonly socket: string;
  /** The path of the new file for the state, which is root's alone. */
  readonly file: string;
  readonly signal: AbortSignal | undefined;
  /** Whether memory that lies in a file and is shared with it is left out. */
  readonly apart?: boolean;
}

/** The arguments of QMP `migrate-set-capabilities`: whoever loads a state must be told the same as who saved it. */
export const memoryApart = (apart: boolean) => ({
  capabilities: [{ capability: 'x-ignore-shared', state: apart }],
});

/**
 * Writes memory and devices of a paused VM to a file. Afterwards QEMU has let go of the disk: what that holds is whole
 * until the VM goes on.
 *
 * @throws LabnetError failed, with what QEMU says
 */
export async function saveState(
  { vm, qmp, uid, memory, socket, file, signal, apart = false }: SaveState,
  host: Host,
): Promise<void> {
  const receiving = await host.receive(socket, { uid, file, limit: (memory + stateBeside) * 1024 ** 2 });
  try {
    // A clone has been told otherwise when it was loaded.
    await host.qmp(qmp, 'migrate-set-capabilities', memoryApart(apart));
    // A limit as for a network is not needed: the state goes to a file.
    await host.qmp(qmp, 'migrate-set-parameters', { 'max-bandwidth': 1e12 });
    await host.qmp(qmp, 'migrate', { uri: `unix:${socket}` });
    const limitMs = (saveTimeoutMs + memory * msPerMiB) * host.pace;
    const deadline = performance.now() + limitMs;
    for (;;) {
      throwIfInterrupted(signal);
      const { status, 'error-desc': why } = migration.parse(await host.qmp(qmp, 'query-migrate'));
      if (status === 'completed') break;
      if (status === 'failed') throw new LabnetError('failed', `${vm} could not be saved: ${why ?? status}`);
      if (performance.now() > deadline)
        throw new LabnetError('failed', `${vm} could not be saved within ${Math.round(limitMs / 1000)} s`);
      await sleep(pollMs);
    }
    await receiving.done;
  } finally {
    await receiving.close();
  }
}
