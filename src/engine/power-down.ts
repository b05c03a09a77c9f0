import { findProcess } from '../action/stop-process.ts';
import type { Host } from '../host/host.ts';
import type { MachineSpec } from '../resource/machine.ts';

/** Milliseconds a guest may take to shut down; one that hangs is switched off afterwards. */
const patience = 120_000;

/**
 * Presses the power button of a VM and waits until it is off (QMP system_powerdown). A VM that does not run, or does
 * not heed the button, is no error: its removal comes next in any case. The signal ends the waiting alone.
 */
export async function powerDown(
  { command, uid }: MachineSpec,
  host: Host,
  signal?: AbortSignal | undefined,
): Promise<void> {
  const running = await findProcess(command.uuid, uid, host);
  if (running === undefined) return;
  const pressed = await host.qmp(command.qmp, 'system_powerdown').then(
    () => true,
    () => false,
  );
  if (pressed) await host.waitForExit(running.pid, patience, signal);
}
