/**
 * What labnet may do to a machine. Only src/host/ implements it; everything else is handed one, so that tests can
 * hand over a machine that lives in memory.
 */

import type { GroundKind } from '../ground-kind.ts';
import type { ExchangeOptions } from './exchange.ts';
import type { Holder } from './holder.ts';
import type { InputOptions, ReceiveOptions, Receiving } from './incoming.ts';
import type { SpawnOptions } from './spawn-options.ts';

/** A finished command. */
export interface Output {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run. */
export interface RunOptions {
  /** Text for standard input; without it the command reads end-of-file. */
  readonly stdin?: string;
  /** Network namespace to enter first, as the path of its file. */
  readonly namespace?: string | undefined;
  /** Milliseconds until the command is killed; 60,000 unless told. */
  readonly timeout?: number;
  /** Exit statuses that are no failure; [0] unless told. */
  readonly accept?: readonly number[];
  readonly signal?: AbortSignal | undefined;
  /** Characters that it may say on each of standard output and error before it is ended; 64 Mi unless told. */
  readonly most?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The umask of a command that makes files for everyone; labnet's own, 077, unless told. */
  readonly umask?: number;
  /** Called with each line of standard output and error as it comes. */
  readonly onLine?: (line: string) => void;
}

/** What is known of a file, a directory or a link, which is not followed. */
export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'socket' | 'pipe' | 'link' | 'block device' | 'character device';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Bytes on the disk: holes take none. */
  readonly allocated: number;
  readonly inode: number;
  readonly device: number;
  readonly mtimeMs: number;
}

/** The end of a file's text. */
export interface FileEnd {
  readonly text: string;
  /** Bytes of the whole file. */
  readonly size: number;
}

/** The mode and the owner of what is written; the owner is the user of this process unless a uid is told. */
export interface WriteOptions {
  readonly mode: number;
  readonly uid?: number | undefined;
}

/** The mode and the owner of a directory. */
export interface DirectoryOptions extends WriteOptions {
  /** Group that owns the directory; the one with the uid's number unless told. */
  readonly gid?: number | undefined;
}

/** The mode and the owner of a copy, and what its source must be. */
export interface CopyOptions extends WriteOptions {
  /** The uid that must own the source, a plain file with one name. */
  readonly ownedBy?: number | undefined;
}

/** A running process, proved to be the one meant by its start time and command line. */
export interface ProcessFacts {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, in clock ticks since boot (proc(5)). */
  readonly startTime: string;
  /** Real uid. */
  readonly uid: number;
  readonly argv: readonly string[];
}

/** A directory that is gone at `remove`, or when labnet ends. */
export interface TemporaryDirectory {
  readonly path: string;
  remove(): void;
}

/** The machine that labnet works on. */
export interface Host {
  /**
   * How many times longer than on a usual PC everything may take: what `--patience` says, times what this host was seen
   * to need. The limits of time of all functions here are multiplied by it, and so must be every other one.
   */
  readonly pace: number;
  /** Whether this is the PC, or an ordinary user's own host (see ground-kind.ts). */
  readonly ground: GroundKind;
  /** Raises the pace to this one; a smaller one than before changes nothing. */
  slowed(pace: number): void;

  /** Runs a command to its end. @throws CommandFailed, or LabnetError missing-program. */
  run(argv: readonly string[], options?: RunOptions): Promise<Output>;
  /**
   * Starts a process that outlives labnet, in a session of its own with an empty environment; resolves to its pid
   * once it is up. @throws LabnetError with the log's tail when it ends first or is not up in time.
   */
  spawn(argv: readonly string[], options: SpawnOptions): Promise<number>;

  /** Runs a command on labnet's own terminal, as if typed there; resolves to its exit status. */
  attach(argv: readonly string[], options: { readonly namespace?: string | undefined }): Promise<number>;

  /** The file's text, or undefined when it does not exist. */
  read(path: string): Promise<string | undefined>;
  /**
   * The bytes of what a user names, which may be a pipe or a device: waits for whoever writes to it, and for nobody
   * else.
   */
  readInput(path: string, options: InputOptions): Promise<Buffer | undefined>;
  /**
   * The end of a plain file, at most so many bytes; undefined when it does not exist. A link in its place is not
   * followed.
   */
  readEnd(path: string, most: number): Promise<FileEnd | undefined>;
  /** Writes by way of a temporary file, fsync and rename: the file is there whole or not at all. */
  write(path: string, content: string | Uint8Array, options: WriteOptions): Promise<void>;
  /** Appends and fsyncs; makes the file 0600 and fsyncs its directory the first time. */
  append(path: string, content: string): Promise<void>;
  /** Copies a file; neither end may be a link, and what stood at the target is replaced. */
  copy(from: string, to: string, options: CopyOptions): Promise<void>;
  /** Listens at a unix socket for one sender, and writes what it sends to a file. */
  receive(socket: string, options: ReceiveOptions): Promise<Receiving>;
  /** Makes a directory and those above it; one that is there gets this mode and owner. */
  makeDirectory(path: string, options: DirectoryOptions): Promise<void>;
  /** Resolves when the file, which a program has written, and its name are on the disk. */
  sync(path: string): Promise<void>;
  /**
   * Removes a file, or a directory with all in it, and what a killed write to it has left; nothing there is no error.
   */
  remove(path: string): Promise<void>;
  /** Removes a directory if it is empty; otherwise leaves it. */
  removeEmptyDirectory(path: string): Promise<void>;
  /** Names in a directory, sorted; none when it does not exist. */
  list(path: string): Promise<readonly string[]>;
  /** What is known of a file, without following a link; undefined when it does not exist. */
  stat(path: string): Promise<FileFacts | undefined>;
  /** A new directory in this one, gone at `remove` or when labnet ends; its name begins with "tmp_". */
  temporaryDirectory(parent: string): Promise<TemporaryDirectory>;

  /** A running process; undefined when there is none of that pid. */
  process(pid: number): Promise<ProcessFacts | undefined>;
  /** All running processes. */
  processes(): Promise<readonly ProcessFacts[]>;
  /** Sends a signal; a process that is gone is no error. */
  kill(pid: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Resolves true when the process has gone within the time (ms), false otherwise. */
  waitForExit(pid: number, timeout: number, signal?: AbortSignal): Promise<boolean>;

  /** Gives one QMP command on a connection of its own (QEMU's docs/interop/qmp-spec). `timeout` is in milliseconds. */
  qmp(
    socket: string,
    command: string,
    args?: Readonly<Record<string, unknown>>,
    timeout?: number,
  ): Promise<unknown>;

  /** Says a text at a unix socket, and resolves to all that is said there until the answer is whole (exchange.ts). */
  exchange(socket: string, text: string, options: ExchangeOptions): Promise<string>;

  /** A mount namespace that nobody else sees and that ends with labnet (see private-mounts.ts). */
  privateMounts(): Promise<Holder>;

  /** A random id of this boot: /proc/sys/kernel/random/boot_id. */
  bootId(): Promise<string>;
}
