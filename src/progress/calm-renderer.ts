import { DefaultRenderer, Spinner } from 'listr2';

/** Milliseconds between two turns of the spinner. */
const turnMs = 500;
/** Milliseconds between two pictures, at least. */
const pauseMs = 100;

/**
 * listr2's own renderer, which draws less often: for each picture every word is measured, and this takes time of the
 * processor that VMs under emulation boot with (a provision of 1.3 s took 0.8 s more of it on a terminal).
 */
export class CalmRenderer extends DefaultRenderer {
  private due: NodeJS.Timeout | undefined;

  override update(): void {
    this.due ??= setTimeout(() => {
      this.due = undefined;
      super.update();
    }, pauseMs);
  }

  override end(): void {
    clearTimeout(this.due);
    super.end();
  }
}

/** The spinner among the options of CalmRenderer, which turns less often than listr2's own. */
export class CalmSpinner extends Spinner {
  override start(callback?: () => void): void {
    super.start(callback, turnMs);
  }
}
