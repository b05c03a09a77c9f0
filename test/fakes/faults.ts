/** Failures on demand: which call of an engine fails, and how. */

/**
 * How a call fails:
 * - `before`: it throws and has done nothing.
 * - `after`: it has done its work, then throws.
 * - `false-success`: it reports success and has done nothing.
 * - `dead`: labnet was killed between the call before and this one; every later call of this engine throws as well.
 * - `torn`: an append writes half of its text, then labnet is dead.
 */
export type FaultMode = 'before' | 'after' | 'false-success' | 'dead' | 'torn';

/** Thrown by every call of an engine that has been killed. */
export class Dead extends Error {
  constructor() {
    super('labnet was killed here');
  }
}

export interface Call {
  /** "run ip link add …" */
  readonly what: string;
  /** `run`, `append`, … */
  readonly method: string;
  /** It only looks: an inspection command. */
  readonly reads: boolean;
}

/** Counts the calls of one engine, and lets the n-th (from 1) fail. */
export class Faults {
  readonly calls: Call[] = [];
  #plan: { readonly at: number; readonly mode: FaultMode } | undefined;
  #dead = false;

  failAt(at: number, mode: FaultMode): void {
    this.#plan = { at, mode };
  }

  /** Every call goes through here, also those that are never made to fail: the dead call nothing. */
  alive(): void {
    if (this.#dead) throw new Dead();
  }

  /**
   * @param deed has the effect and gives the answer
   * @param lie gives the answer of a success that was none
   * @param half has half of the effect
   */
  async call<T>(call: Call, deed: () => T, lie: () => T, half: () => void = () => {}): Promise<T> {
    this.alive();
    this.calls.push(call);
    if (this.#plan?.at !== this.calls.length) return deed();
    const { mode } = this.#plan;
    if (mode === 'false-success') return lie();
    this.#dead = mode === 'dead' || mode === 'torn';
    if (mode === 'after') deed();
    if (mode === 'torn') half();
    if (this.#dead) throw new Dead();
    throw new Error(`fault ${mode}: ${call.what}`);
  }
}
