import type { CanaryTry } from '../plan/plan.ts';

/** One thing that the canary has tried. */
export interface Tried {
  readonly to: CanaryTry['to'];
  readonly id: string;
  readonly ok: boolean;
  /** Somebody has answered, and said no: a resolver, the far end, or a rule on the way. */
  readonly saidNo?: boolean;
  /** Of a name: nobody answers questions at any of the resolvers. */
  readonly noResolver?: boolean;
  /** An ICMP error has come: a router on the way, or this host itself, knows no way there or allows none. */
  readonly noWay?: boolean;
  readonly reason: string;
}
