import { throwIfInterrupted } from '../errors.ts';
import { keeperOf } from '../host/console-log.ts';
import type { Host, ProcessFacts } from '../host/host.ts';
import { vmRuns } from '../qemu/vm-state.ts';
import type { StopProcessAction } from './action.ts';

/** Milliseconds that each way of asking gets before the next, harder one. */
const timeoutMs = { powerDown: 120_000, quit: 5_000, term: 2_000, kill: 5_000, keeper: 5_000 };

/**
 * The process that runs as this uid with this uuid as one word of its command line: a pid alone proves nothing. Just
 * after its start it is still root's, and its command line names the uid it is about to take.
 */
export async function findProcess(uuid: string, uid: number, host: Host): Promise<ProcessFacts | undefined> {
  return processOf({ uuid, uid }, await host.processes());
}

/** Finds the process of that uid and uuid, as findProcess does, among processes that have been read. */
export function processOf(
  { uuid, uid }: { readonly uuid: string; readonly uid: number },
  processes: readonly ProcessFacts[],
): ProcessFacts | undefined {
  return processes.find(
    (process) =>
      process.argv.includes(uuid) &&
      (process.uid === uid || (process.uid === 0 && process.argv.includes(String(uid)))),
  );
}

/**
 * Ends the process: power button if asked for, QMP quit, then SIGTERM, then SIGKILL; done when it has been seen gone.
 *
 * @param signal ends the wait for a guest that shuts down, which then goes on by itself
 * @returns whether a guest that was asked to has shut down, and so has written out what it held; undefined without a
 *   process
 */
export async function stopProcess(
  action: StopProcessAction,
  host: Host,
  signal?: AbortSignal | undefined,
): Promise<boolean | undefined> {
  let shut: boolean | undefined;
  for (let tries = 0; tries < mostProcesses; tries += 1) {
    const target = await findProcess(action.uuid, action.uid, host);
    if (target === undefined) break;
    shut = (await end(target, action, host, signal)) || shut === true;
  }
  if (shut !== undefined) await endKeeper(action, host);
  return shut;
}

/** How many may have the words of one on their command lines: what is about to become it, and what has started that. */
const mostProcesses = 5;

async function end(
  target: ProcessFacts,
  action: StopProcessAction,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const ask = async (command: string, time: number) => {
    if (action.qmp === undefined) return false;
    const asked = await host.qmp(action.qmp, command, {}, timeoutMs.quit).then(
      () => true,
      () => false,
    );
    return asked && host.waitForExit(target.pid, time, signal);
  };
  // A guest that stands still notices no power button.
  const gently = action.gently === true && action.qmp !== undefined && (await vmRuns(action.qmp, host));
  if (gently && (await ask('system_powerdown', timeoutMs.powerDown))) return true;
  throwIfInterrupted(signal);
  if (await ask('quit', timeoutMs.quit)) return false;
  for (const [harder, time] of [
    ['SIGTERM', timeoutMs.term],
    ['SIGKILL', timeoutMs.kill],
  ] as const) {
    await signalIfStill(target, harder, host);
    if (await host.waitForExit(target.pid, time)) return false;
  }
  throw new Error(`process ${target.pid} does not end`);
}

/** The process that keeps a console's log ends with QEMU; it may still be about to. */
async function endKeeper({ uuid, uid }: StopProcessAction, host: Host): Promise<void> {
  const keeper = (await host.processes()).find(
    (process) => process.uid === uid && process.argv[0] === keeperOf(uuid),
  );
  if (keeper === undefined || (await host.waitForExit(keeper.pid, timeoutMs.keeper))) return;
  await signalIfStill(keeper, 'SIGKILL', host);
  if (!(await host.waitForExit(keeper.pid, timeoutMs.kill)))
    throw new Error(`process ${keeper.pid} does not end`);
}

/** Looks once more just before the signal: the pid may have been given to another process meanwhile. */
async function signalIfStill(target: ProcessFacts, signal: 'SIGTERM' | 'SIGKILL', host: Host): Promise<void> {
  const now = await host.process(target.pid);
  if (now?.startTime === target.startTime) await host.kill(target.pid, signal);
}
