/**
 * What a run shows of itself while it is at work: two functions, so that a run is straight code and knows nothing of
 * how it is drawn.
 */

/** One line of work, as it is shown. */
export interface Line {
  /** Replaces the title of the line. */
  title(text: string): void;
  /** Shows a text below the title, until the next text. */
  output(text: string): void;
}

/** Work that has a line of its own. */
export interface Step {
  readonly title: string;
  readonly work: (line: Line) => Promise<void>;
}

/** How a run shows its work. */
export interface Progress {
  /** Does the work and shows it as one line; gives what the work gives, and throws what it throws. */
  step<T>(title: string, work: (line: Line) => Promise<T>): Promise<T>;
  /**
   * Does the steps below a line of their own: one after another, or all at once. Throws what the first that fails
   * throws: no further one is begun then, and those that were are waited for.
   */
  steps(title: string, steps: readonly Step[], how: 'in order' | 'at once'): Promise<void>;
}

/** Does each step in its turn, with a line of its own. */
export async function oneByOne(steps: readonly Step[], progress: Progress): Promise<void> {
  for (const { title, work } of steps) await progress.step(title, work);
}

/** Waits until all works have ended, and throws what was thrown first. */
async function firstFailure(works: readonly Promise<void>[]): Promise<void> {
  try {
    await Promise.all(works);
  } finally {
    await Promise.allSettled(works);
  }
}

const unseen: Line = { title() {}, output() {} };

/** Progress that shows nothing. */
export const silent: Progress = {
  step: (_, work) => work(unseen),
  async steps(_, steps, how) {
    if (how === 'at once') await firstFailure(steps.map(({ work }) => work(unseen)));
    else await oneByOne(steps, silent);
  },
};
