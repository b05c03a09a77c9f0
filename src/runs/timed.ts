import { throwIfInterrupted } from '../errors.ts';
import type { Line, Step } from '../progress/progress.ts';
import type { Context } from './context.ts';

/** The steps of one run, each with the name under which its duration is reported. */
export interface Timed {
  /** Milliseconds, by the name of the step; `total`: from the beginning to the end of the last one. */
  readonly timings: Record<string, number>;
  /**
   * Does a step and measures how long it takes.
   *
   * @throws LabnetError interrupted, in place of a step that would begin after the user has interrupted
   */
  step<T>(name: string, title: string, work: (line: Line) => Promise<T>): Promise<T>;
  /** Does steps below one line and measures how long they take together. @throws as `step` */
  steps(name: string, title: string, steps: readonly Step[], how?: 'in order' | 'at once'): Promise<void>;
}

/** Makes the steps of one run, which measure how long they take; the total counts from this call. */
export function timed({ progress, signal }: Pick<Context, 'progress' | 'signal'>): Timed {
  const started = performance.now();
  const timings: Record<string, number> = {};
  const measured = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    throwIfInterrupted(signal);
    const begun = performance.now();
    try {
      return await work();
    } finally {
      const now = performance.now();
      timings[name] = Math.round(now - begun);
      timings.total = Math.round(now - started);
    }
  };
  return {
    timings,
    step: (name, title, work) => measured(name, () => progress.step(title, work)),
    steps: (name, title, steps, how = 'in order') => measured(name, () => progress.steps(title, steps, how)),
  };
}
