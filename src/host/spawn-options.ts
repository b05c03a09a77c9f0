import type { Scope } from './scope.ts';
import type { View } from './view.ts';

/** How a process is started that outlives labnet: see Host.spawn. */
export interface SpawnOptions {
  readonly namespace?: string | undefined;
  /** The process is up when this path exists; `seconds` is how long that may take. */
  readonly ready: { readonly path: string; readonly seconds: number };
  /** File that takes standard output and error; made 0600 if absent. */
  readonly log: string;
  /** The cgroup of its own that the process gets where systemd runs. */
  readonly scope?: Scope | undefined;
  /** File that is the process's standard input; the process has none when this is left out. */
  readonly stdin?: string | undefined;
  /** Text that is the process's standard input in place of a file, such as the program of an interpreter. */
  readonly stdinText?: string | undefined;
  /** File that the process finds open for reading as its descriptor 3. */
  readonly input?: string | undefined;
  /**
   * File whose content the process finds as its descriptor 4, in memory that nobody can change and that is shared with
   * all other processes started with it.
   */
  readonly sealed?: string | undefined;
  /** File that the process finds open for reading and writing as its descriptor 4. */
  readonly shared?: string | undefined;
  /** What the process sees in place of the host's file system; its command takes the view's place as its root. */
  readonly view?: View | undefined;
}
