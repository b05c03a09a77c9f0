/**
 * What labnet knows about one kind of thing it makes on a host: why it is there, how it is made and unmade, and how
 * to tell whether it is there. Engine, plan, explain, status and destroy are all written once, over this interface.
 */
import type { Action } from '../action/action.ts';
import type { Host } from '../host/host.ts';

/** The frozen, JSON-able description of one resource. Every spec type extends this. */
export interface SpecBase {
  /** Which resource type knows it. */
  readonly kind: string;
  /** Stable over runs, and made, never taken apart: the kind, then a name; "tap:vm1". */
  readonly id: string;
  /** The VM whose it is; left out: the lab's own. */
  readonly vm?: string | undefined;
}

/** What of a resource can come from a saved lab instead of being made anew: the path of its file there. */
export interface Saved {
  readonly saved?: string | undefined;
}

/** Facts seen after creation, which the journal keeps. */
export type Facts = Readonly<Record<string, unknown>>;

export type Presence =
  | { readonly state: 'absent' }
  | { readonly state: 'ours'; readonly record: Facts }
  | { readonly state: 'drifted'; readonly record: Facts; readonly differences: readonly string[] }
  | { readonly state: 'foreign'; readonly evidence: string };

export const absent: Presence = { state: 'absent' };

/** Ours when nothing differs, drifted otherwise. */
export function oursUnless(differences: readonly string[], record: Facts = {}): Presence {
  return differences.length === 0 ? { state: 'ours', record } : { state: 'drifted', record, differences };
}

/** What inspection may need to know beyond the host itself. */
export interface InspectContext {
  readonly host: Host;
  /** An intent of this boot is open for this id: our name without our mark is then ours, half made. */
  readonly openIntent: boolean;
  /**
   * What was seen of it right after it was made, as the journal has it. Left out: nothing is recorded, or it was set right
   * just now, and as it is will be what later looks compare with.
   */
  readonly record?: Facts | undefined;
}

export interface ResourceType<S extends SpecBase> {
  readonly kind: S['kind'];
  /** It is files on the host's disk, which a reboot leaves; left out: a reboot takes it. */
  readonly outlivesBoot?: true;
  /** One sentence: what it is for. */
  why(spec: S): string;
  /** How it is made, from nothing. */
  create(spec: S): readonly Action[];
  /** How it is unmade; each action tolerates that its work is already done. */
  remove(spec: S): readonly Action[];
  /**
   * How it is set right where it has drifted; or taken away, when it is to be made again from nothing. No actions, or
   * left out: it cannot be.
   *
   * @param found what inspection saw of it
   */
  repair?(spec: S, found: Facts): readonly Action[];
  /** What goes with it that making it again does not bring back, in words; left out: nothing. */
  readonly loss?: string;
  inspect(spec: S, context: InspectContext): Promise<Presence>;
  /**
   * What of a spec the user asked for, as data: specs with equal wishes are of the same thing, however another labnet may
   * make it. Left out: all of it, but for how it is started and where it was saved.
   *
   * @param beside the spec that it is compared with, of which an older labnet may have noted less
   */
  wish?(spec: S, beside: S): unknown;
  /** A spec that an older labnet has written, as one of today; left out: they are the same. */
  upgrade?(spec: S): S;
}
