/** Progress as listr2 draws it. It draws and runs; it decides nothing: undoing and signals are labnet's own. */
import {
  Listr,
  ListrLogger,
  type ListrTask,
  type ListrTaskWrapper,
  PRESET_TIMER,
  ProcessOutput,
} from 'listr2';
import { CalmRenderer, CalmSpinner } from './calm-renderer.ts';
import { LineLogger, LineRenderer } from './line-renderer.ts';
import type { Line, Progress, Step } from './progress.ts';

type Task = ListrTask<undefined, typeof CalmRenderer, typeof LineRenderer>;
type Drawn = ListrTaskWrapper<undefined, typeof CalmRenderer, typeof LineRenderer>;

/**
 * Makes progress that is drawn on standard error, since standard output is for the result.
 *
 * @param live whether it is redrawn in place; otherwise each event is one line
 */
export function drawn(live: boolean): Progress {
  return {
    async step(title, work) {
      const done: Awaited<ReturnType<typeof work>>[] = [];
      await draw({ title, task: async (_, task) => void done.push(await work(lineOf(task))) }, live);
      return done[0] as Awaited<ReturnType<typeof work>>;
    },
    async steps(title, steps, how) {
      const begun: Promise<void>[] = [];
      const asTask = (step: Step): Task => ({
        title: step.title,
        task: (_, task) => {
          const work = step.work(lineOf(task));
          begun.push(work);
          return work;
        },
      });
      const concurrent = how === 'at once';
      const rendererOptions = { collapseSubtasks: false };
      try {
        const task: Task['task'] = (_, parent) =>
          parent.newListr(steps.map(asTask), { concurrent, rendererOptions });
        await draw({ title, task }, live);
      } finally {
        // listr2 goes on as soon as one step fails: the others are waited for here.
        await Promise.allSettled(begun);
      }
    },
  };
}

function lineOf(task: Drawn): Line {
  return {
    title(text) {
      task.title = text;
    },
    output(text) {
      task.output = text;
    },
  };
}

async function draw(task: Task, live: boolean): Promise<void> {
  const options = { processOutput: new ProcessOutput(process.stderr, process.stderr) };
  const list = new Listr<undefined, typeof CalmRenderer, typeof LineRenderer>([task], {
    renderer: CalmRenderer,
    fallbackRenderer: LineRenderer,
    registerSignalListeners: false,
    forceTTY: live,
    fallbackRendererCondition: !live,
    rendererOptions: {
      logger: new ListrLogger(options),
      timer: PRESET_TIMER,
      spinner: new CalmSpinner(),
      collapseErrors: false,
      showErrorMessage: false,
    },
    fallbackRendererOptions: { logger: new LineLogger(options), timer: PRESET_TIMER },
  });
  await list.run(undefined);
}
