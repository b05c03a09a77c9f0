import type { Ground } from '../ground/ground.ts';
import type { Host } from '../host/host.ts';
import type { Progress } from '../progress/progress.ts';
import type { Output, OutputName } from '../report/output.ts';

/** The flags that every command has. */
export interface GlobalOptions {
  /** Whether the result is one documented object on standard output. */
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Whether no question is asked, and missing packages are installed. */
  readonly yes: boolean;
  /** Seconds to wait for another run's lock. */
  readonly wait: number;
  /** How many times longer than usual everything may take before it is given up. */
  readonly patience: number;
}

/** What a command works with. */
export interface Context extends Ground {
  readonly host: Host;
  readonly options: GlobalOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  /** Whether a terminal is on both ends, so that questions may be asked. */
  readonly interactive: boolean;
  /** Whether standard input and standard output are a terminal: what is started there may draw on it. */
  readonly terminal: boolean;
  /** How to start this labnet again: node and the script. */
  readonly program: readonly string[];
  readonly progress: Progress;
  /** Prints a line on standard error, unless --quiet. */
  readonly say: (line: string) => void;
}

/** What a command has to say at its end; cli/ prints it and sets the exit status. */
export interface Result<C extends OutputName = OutputName> {
  /** The object for --json; undefined where what was said is all. */
  readonly json: Output<C> | undefined;
  /** The text without --json. */
  readonly text: string;
  /** The exit status; 0 when left out. */
  readonly status?: number;
  /** Says that the text is a guest's, or a file's: nothing in it is a line of labnet's own for the user to type. */
  readonly verbatim?: true;
}
