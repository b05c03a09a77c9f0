/** What QEMU says of the VM that it runs (RunState and BlockDeviceIoStatus in QEMU's qapi). */

import type { Host } from '../host/host.ts';
import * as z from '../zod.ts';

const status = z.looseObject({ status: z.string() });
const blocks = z.array(z.looseObject({ 'io-status': z.string().optional() }));

/**
 * The run state of the VM behind a QMP socket: "running", "paused", "io-error".
 *
 * @throws Error when its QEMU does not answer
 */
export async function vmState(qmp: string, host: Pick<Host, 'qmp'>): Promise<string> {
  return status.safeParse(await host.qmp(qmp, 'query-status')).data?.status ?? 'no status';
}

/** Whether the VM runs; one whose QEMU does not answer does not. */
export async function vmRuns(qmp: string, host: Pick<Host, 'qmp'>): Promise<boolean> {
  return (await vmState(qmp, host).catch(() => undefined)) === 'running';
}

/**
 * What stands in a VM's way that QEMU does not run, for people. QEMU pauses a VM that it cannot write for, so that the
 * guest sees no error (`werror=enospc`, qemu-options).
 */
export async function standstill(
  state: string,
  { qmp, disk }: { readonly qmp: string; readonly disk: string },
  host: Pick<Host, 'qmp'>,
): Promise<string> {
  const found = state === 'io-error' ? await host.qmp(qmp, 'query-block').catch(() => []) : [];
  const isFull = blocks.safeParse(found).data?.some((block) => block['io-status'] === 'nospace') === true;
  const cause = isFull ? `, the file system of ${disk} is full; make room there first` : '';
  return `QEMU does not run the VM: ${state}${cause}`;
}

/** Whether QMP `cont` ends this run state; a labnet that is killed as it keeps a lab leaves `postmigrate`. */
export function waits(state: unknown): boolean {
  return state === 'paused' || state === 'io-error' || state === 'postmigrate';
}

/** Whether a VM in this run state goes on by nothing that it does itself. */
export function isStuck(state: string): boolean {
  return ['io-error', 'internal-error', 'guest-panicked', 'watchdog'].includes(state);
}

/** Whether a VM in this run state has put itself to sleep (suspend to memory). */
export function sleeps(state: string): boolean {
  return state === 'suspended';
}
