import {
  type ListrSimpleRendererOptions,
  type ListrSimpleRendererTask,
  ListrTaskEventType,
  SimpleRenderer,
} from 'listr2';

/** Milliseconds after which what a step is at is told, if it is at it still. */
const tellAfterMs = 1_000;

/**
 * listr2's own for where nothing can be redrawn, such as a log. It tells when a step begins and ends; this one tells also what
 * a long one is at in between, such as the phases of a boot.
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
