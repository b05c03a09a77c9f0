/** Tries a run once for each failure that can happen to it. */
import { expect } from 'vitest';
import type { Call, FaultMode } from './faults.ts';
import { planBesideOthers, planOfSize, planOfText } from './plans.ts';

export interface Fault {
  /** The call that fails, from 1. */
  readonly n: number;
  readonly mode: FaultMode;
  readonly what: string;
}

const modes: readonly FaultMode[] = ['before', 'after', 'false-success', 'dead', 'torn'];

/** The labs that every test of failures goes through. */
export const faultCases = [
  { title: '1 VM', plan: planOfSize(1, false), style: 'sequential' },
  { title: '1 VM in a sandbox', plan: planOfSize(1, true), style: 'sequential' },
  {
    title: '1 VM, global forwarding',
    plan: planOfText('host: {forwarding: global}\nvms: {vm1: }\n'),
    style: 'sequential',
  },
  { title: '1 VM beside Docker and NetworkManager', plan: planBesideOthers(), style: 'sequential' },
  { title: '2 VMs', plan: planOfSize(2, false), style: 'side by side' },
  { title: '2 VMs in a sandbox', plan: planOfSize(2, true), style: 'side by side' },
] as const;

/** The faults of a run, from the calls that it makes when nothing fails: each call in each mode that means something. */
export function faultsOf(calls: readonly Call[]): readonly Fault[] {
  return calls.flatMap(({ what, method, reads }, index) =>
    modes
      // A look that fails has no effect to have or not to have.
      .filter((mode) => !reads || mode === 'before' || mode === 'dead')
      // A disk that lies about what it has written cannot be survived; a program that does can.
      .filter((mode) => mode !== 'false-success' || (method !== 'append' && method !== 'write'))
      .filter((mode) => mode !== 'torn' || method === 'append')
      .map((mode) => ({ n: index + 1, mode, what })),
  );
}

/** Runs the trial for each fault, and names the fault of every trial that fails. */
export async function everyFault(
  faults: readonly Fault[],
  trial: (fault: Fault) => Promise<void>,
): Promise<void> {
  const failures: string[] = [];
  for (const fault of faults) {
    await trial(fault).catch((error: unknown) => {
      failures.push(`${fault.mode} ${fault.n}: ${fault.what.slice(0, 150)}\n${String(error)}`);
    });
  }
  const [trials, failed] = [faults.length, failures.length];
  expect({ trials, failed, first: failures.slice(0, 3) }).toEqual({ trials, failed: 0, first: [] });
  expect(trials).toBeGreaterThan(0);
}
