import { Listr, ListrLogger, type ListrTask, PRESET_TIMER, ProcessOutput } from 'listr2';
import { CalmRenderer, CalmSpinner } from './calm-renderer.ts';
import { LineRenderer } from './line-renderer.ts';

/** How progress is shown; always on standard error, since standard output is for the result. */
export interface Progress {
  /** Nothing at all: `--quiet`. */
  readonly quiet: boolean;
  /** Redrawn in place; otherwise one line an event. */
  readonly live: boolean;
}

/** A line of work. listr2 draws it and runs it; it decides nothing: undoing and signals are labnet's own. */
export type Task = ListrTask<undefined, typeof CalmRenderer, typeof LineRenderer>;

/** Runs the tasks one after another, and stops at the first that throws. */
export async function runTasks(tasks: readonly Task[], { quiet, live }: Progress): Promise<void> {
  const logger = new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
  const list = new Listr<undefined, typeof CalmRenderer, typeof LineRenderer>([...tasks], {
    renderer: CalmRenderer,
    fallbackRenderer: LineRenderer,
    concurrent: false,
    registerSignalListeners: false,
    forceTTY: live,
    silentRendererCondition: quiet,
    fallbackRendererCondition: !live,
    rendererOptions: {
      logger,
      timer: PRESET_TIMER,
      spinner: new CalmSpinner(),
      collapseErrors: false,
      showErrorMessage: false,
    },
    fallbackRendererOptions: { logger, timer: PRESET_TIMER },
  });
  await list.run(undefined);
}
