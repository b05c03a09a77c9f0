import { LabnetError, throwIfInterrupted } from '../errors.ts';
import { eitherSignal } from '../host/either-signal.ts';
import { followFile } from '../host/follow-file.ts';
import type { Host } from '../host/host.ts';
import { BootProgress } from '../qemu/boot-progress.ts';
import { gateSign } from './gate.ts';

interface Reaching {
  readonly pid: number;
  /** Milliseconds that the way to the gate may take on a usual PC. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/**
 * Waits until the guest of a template tells on its console, whose log this is, that it has come to the gate.
 *
 * @throws LabnetError failed when it does not come there in time, with the end of its console
 */
export async function reachGate(log: string, { pid, limit, signal }: Reaching, host: Host): Promise<void> {
  const over = new AbortController();
  const ending = eitherSignal(over.signal, signal);
  const progress = new BootProgress(gateSign);
  let ended = false;
  const gone = host.waitForExit(pid, limit, ending).then((seen) => {
    ended = seen;
    over.abort();
  });
  const onText = (more: string) => {
    progress.feed(more);
    if (progress.phase === 'ready' || progress.failure !== undefined) over.abort();
  };
  try {
    await followFile(log, onText, ending);
  } finally {
    over.abort();
    await gone;
  }
  throwIfInterrupted(signal);
  if (progress.phase === 'ready') return;
  const late = `it did not come to the gate within ${(limit * host.pace) / 1000} s`;
  const what = progress.failure ?? (ended ? 'its QEMU ended before it came to the gate' : late);
  throw new LabnetError('failed', `the template's VM: ${what}; the end of its console:\n${progress.tail()}`);
}
