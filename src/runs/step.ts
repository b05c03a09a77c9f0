import { throwIfInterrupted } from '../errors.ts';
import type { Task } from '../progress/list.ts';

/** A task with the name its duration is reported under. */
export type Step = Task & { readonly name: string; readonly title: string };

/** The steps as tasks that note how long each took (ms), and begin no more once the user has interrupted. */
export function timed(
  steps: readonly Step[],
  timings: Record<string, number>,
  signal: AbortSignal,
): readonly Task[] {
  const started = performance.now();
  let last = started;
  return steps.map(({ name, ...step }, index) => ({
    ...step,
    task: async (context, task) => {
      throwIfInterrupted(signal);
      note(steps[index - 1]?.name);
      const result = await step.task(context, task);
      if (index === steps.length - 1) note(name);
      return result;
    },
  }));

  /** A step with subtasks ends when the next begins: listr2 runs them after the step's own function. */
  function note(name: string | undefined): void {
    const now = performance.now();
    if (name !== undefined) timings[name] = Math.round(now - last);
    timings.total = Math.round(now - started);
    last = now;
  }
}
