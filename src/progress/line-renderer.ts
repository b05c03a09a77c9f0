import {
  ListrLogger,
  ListrLogLevels,
  type ListrSimpleRendererOptions,
  type ListrSimpleRendererTask,
  ListrTaskEventType,
  type LoggerFieldOptions,
  SimpleRenderer,
} from 'listr2';

/** Milliseconds after which the new title of a step is told, if the step still goes on and has no newer one. */
const tellAfterMs = 1_000;

/**
 * listr2's own renderer for a place where nothing can be redrawn, such as a log. listr2's tells when a step begins and
 * ends; this one tells also what a long step is at in between, such as the phases of a boot.
 */
export class LineRenderer extends SimpleRenderer {
  private readonly steps: readonly ListrSimpleRendererTask[];

  constructor(steps: ListrSimpleRendererTask[], options: ListrSimpleRendererOptions) {
    super(steps, options);
    this.steps = steps;
  }

  override render(): void {
    watch(this.steps);
    super.render();
  }
}

function watch(steps: readonly ListrSimpleRendererTask[]): void {
  for (const step of steps) {
    let due: NodeJS.Timeout | undefined;
    step.on(ListrTaskEventType.SUBTASK, watch);
    step.on(ListrTaskEventType.TITLE, (title) => {
      clearTimeout(due);
      due = setTimeout(() => {
        if (step.isStarted()) process.stderr.write(`  ${title}\n`);
      }, tellAfterMs).unref();
    });
    step.once(ListrTaskEventType.CLOSED, () => clearTimeout(due));
  }
}

/**
 * listr2's own logger, which of a step that failed tells no more than that: the cause is an error's, and is printed once,
 * at the end of the run, not for the step and for each step around it as well.
 */
export class LineLogger extends ListrLogger {
  override log(level: string, message: string, options?: LoggerFieldOptions): void {
    if (level === ListrLogLevels.FAILED) super.log(level, `${message} [FAILED]`);
    else super.log(level, message, options);
  }
}
