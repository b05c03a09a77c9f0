import { DefaultRenderer, Spinner } from 'listr2';

/** Milliseconds between two turns of the spinner, and at least between two pictures. */
const turnMs = 500;
const pauseMs = 100;

/**
 * listr2's own, drawn less often: for each picture every word is measured, and the processor that this takes is one that
 * VMs under emulation boot with (a provision of 1.3 s took 0.8 s more of it on a terminal).
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

/** For its options. */
export class CalmSpinner extends Spinner {
  override start(callback?: () => void): void {
    super.start(callback, turnMs);
  }
}
