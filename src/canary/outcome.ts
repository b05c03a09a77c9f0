/** What the canary has tried, and what its failures come to. */

import { LabnetError } from '../errors.ts';
import type { Reached } from '../helpers/reach.ts';
import type { CanaryTry } from '../plan/plan.ts';
import type { Finding } from '../preflight/finding.ts';

/** One thing that the canary has tried: how far it came, or whether a ping was answered. */
export interface Tried extends Omit<Reached, 'id'> {
  readonly to: CanaryTry['to'];
  readonly id: string;
}

/**
 * The error when nothing was seen that stops the packets: they, their answers, or what tells of them may just be late.
 */
export class Unseen extends LabnetError {}

/** Why packets end on this host, and what lets them pass. */
export interface Reason extends Pick<Finding, 'message' | 'remedy'> {
  /** Whether nothing was seen that stops the packets, so that this reason is only what is left. */
  readonly unseen?: boolean;
}

/** The error that tells what was tried, and why it has failed. */
export function stopped(failed: readonly Tried[], { message, remedy, unseen = false }: Reason): LabnetError {
  const what = failed.map(({ reason }) => reason).join('; ');
  const Kind = unseen ? Unseen : LabnetError;
  return new Kind(
    'host-cannot',
    `a canary on the bridge, where the VMs will be, finds: ${what}\n${message}`,
    {
      hint: remedy.length === 0 ? undefined : remedy.join('\n'),
    },
  );
}
