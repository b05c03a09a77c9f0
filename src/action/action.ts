import type { Scope } from '../host/scope.ts';
import type { View } from '../host/view.ts';

/**
 * One change to the host, as data. The same value is printed for `plan`, performed by `provision`, and kept in the
 * journal for `destroy`: text and deed cannot differ.
 *
 * Actions carry no secret: file contents name one as a token (see secrets.ts), and the value is filled in when
 * the file is written.
 */
export type Action =
  | RunAction
  | SpawnAction
  | MakeDirectoryAction
  | WriteFileAction
  | MakeSecretAction
  | CopyFileAction
  | LoadStateAction
  | RemoveAction
  | RemoveIfEmptyAction
  | HoldSettingsAction
  | ReleaseSettingsAction
  | StopProcessAction
  | ContinueAction;

/** The names of all kinds of action; the compiler sees to it that none is left out. */
export const deeds = Object.keys({
  run: true,
  continue: true,
  spawn: true,
  'make-directory': true,
  'write-file': true,
  'make-secret': true,
  'copy-file': true,
  'load-state': true,
  remove: true,
  'remove-if-empty': true,
  'hold-settings': true,
  'release-settings': true,
  'stop-process': true,
} satisfies Record<Action['do'], true>) as Action['do'][];

/** Runs a command, given as an argument list and never as a shell line. */
export interface RunAction {
  readonly do: 'run';
  readonly argv: readonly string[];
  readonly stdin?: string;
  /** Files that the command makes; they are on the disk before the action counts as done. */
  readonly makes?: readonly string[] | undefined;
  /** Whether the command may end with a failure status: what it was to do is then done already. */
  readonly mayFail?: boolean | undefined;
  /** Path of the network namespace the command runs in. */
  readonly namespace?: string | undefined;
}

/** Starts a process that outlives labnet, in a session of its own and with an empty environment. */
export interface SpawnAction {
  readonly do: 'spawn';
  readonly argv: readonly string[];
  readonly namespace?: string | undefined;
  readonly log: string;
  readonly ready: { readonly path: string; readonly seconds: number };
  /** What the process sees in place of the host's file system. */
  readonly view?: View | undefined;
  /** The cgroup of its own that the process gets where systemd runs. */
  readonly scope?: Scope | undefined;
  /** File that is the process's standard input; the process has none when this is left out. */
  readonly stdin?: string | undefined;
  /** Text that is the process's standard input in place of a file, such as the program of an interpreter. */
  readonly stdinText?: string | undefined;
  /** File that the process finds open as its descriptor 3, since it may not open the file itself. */
  readonly input?: string | undefined;
  /** File whose content the process finds as its descriptor 4, in memory that is shared and that nobody can change. */
  readonly sealed?: string | undefined;
}

/** Copies a file, never through a link. */
export interface CopyFileAction {
  readonly do: 'copy-file';
  readonly from: string;
  readonly to: string;
  readonly mode: number;
  readonly uid?: number | undefined;
}

/** Fills a QEMU that waits for a saved state from its descriptor 3, and lets the VM run. */
export interface LoadStateAction {
  readonly do: 'load-state';
  readonly qmp: string;
  /** Whether the saved VM was given CPUs after its QEMU had started: they are plugged in before the state is loaded. */
  readonly lateCpus: boolean;
  /** Whether the state holds the devices alone, and the VM's memory is mapped from its QEMU's descriptor 4. */
  readonly memoryApart?: boolean | undefined;
}

/** Makes a directory, or gives one that is there this mode and owner. */
export interface MakeDirectoryAction {
  readonly do: 'make-directory';
  readonly path: string;
  readonly mode: number;
  readonly uid?: number | undefined;
  /** Group that owns the directory; the one with the uid's number unless told. */
  readonly gid?: number | undefined;
}

/** Writes a file, which is then there whole or not at all. */
export interface WriteFileAction {
  readonly do: 'write-file';
  readonly path: string;
  /** The text of the file, in which a token stands for each secret. */
  readonly content: string;
  readonly mode: number;
  readonly uid?: number | undefined;
}

/**
 * Makes a file that only root can read. It holds the value that the lab file gives under the name `given`
 * ("vm1.password"), which no plan holds; without such a name, sixteen random hexadecimal digits.
 */
export interface MakeSecretAction {
  readonly do: 'make-secret';
  readonly path: string;
  readonly given?: string | undefined;
}

/** Removes a file or a whole directory. */
export interface RemoveAction {
  readonly do: 'remove';
  readonly path: string;
}

/** Removes a directory if it is empty, and leaves it otherwise. */
export interface RemoveIfEmptyAction {
  readonly do: 'remove-if-empty';
  readonly path: string;
}

/**
 * Sets kernel settings and enters this lab among their holders. The ledger keeps what was found before the first
 * holder came; see settings-ledger.ts.
 */
export interface HoldSettingsAction {
  readonly do: 'hold-settings';
  readonly holder: string;
  readonly ledger: string;
  /** The settings to write, in this order. */
  readonly settings: readonly Setting[];
  /** Pattern (as for `sysctl --pattern`) of the settings that the kernel changes along with those; all are put back. */
  readonly alongPattern?: string | undefined;
  readonly namespace?: string | undefined;
}

/** A kernel setting: its key as sysctl(8) names it, and its value. */
export interface Setting {
  readonly key: string;
  readonly value: string;
  /** Whether a kernel that does not have the key is as good. */
  readonly mayLack?: boolean | undefined;
}

/**
 * Takes this lab out of the holders. A setting that no lab holds any longer is put back, if its value is still
 * labnet's.
 */
export interface ReleaseSettingsAction {
  readonly do: 'release-settings';
  readonly holder: string;
  readonly ledger: string;
  readonly namespace?: string | undefined;
}

/** Ends a process that is proven to be the one meant: it runs as this uid and has this uuid on its command line. */
export interface StopProcessAction {
  readonly do: 'stop-process';
  readonly uuid: string;
  readonly uid: number;
  /** QMP socket to ask first, when the process has one. */
  readonly qmp?: string | undefined;
  /** Whether to press the VM's power button first, and give the guest time to write out what it holds. */
  readonly gently?: boolean | undefined;
}

/** Lets a VM that stands still go on. */
export interface ContinueAction {
  readonly do: 'continue';
  readonly uuid: string;
  readonly uid: number;
  readonly qmp: string;
}
