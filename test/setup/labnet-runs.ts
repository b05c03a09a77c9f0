import { execa } from 'execa';
import { outputSchemas } from '../../src/report/output-schemas.ts';

/** How one run of labnet ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of labnet that has not ended yet. */
export interface Running {
  readonly pid: number | undefined;
  readonly ended: Promise<Ended>;
  /** Nobody reads standard error any longer. */
  hangUp(): void;
  /** Waits until standard error holds a text. @throws when labnet ends without it */
  said(text: string): Promise<void>;
}

export interface LabReportJson {
  readonly ok: boolean;
  /** Of `repair`. */
  readonly resources?: readonly { readonly id: string; readonly outcome: string }[];
  readonly vms: readonly {
    readonly name: string;
    readonly address: string;
    readonly mac: string;
    readonly state: string;
    readonly accelerator: string;
  }[];
  readonly verify: {
    readonly ok: boolean;
    readonly probes: readonly {
      readonly id: string;
      readonly vm: string;
      readonly status: string;
      readonly reason: string;
    }[];
  };
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly line: number;
  };
}

/** labnet, started in a place that tests have made for it. */
export interface LabnetRuns {
  labnet(...args: string[]): Promise<Ended>;
  /** The object that a command prints with --json. */
  json(...args: string[]): Promise<{ readonly status: number; readonly value: LabReportJson }>;
  /** Starts labnet and goes on. */
  start(...args: string[]): Running;
}

export interface RunsIn {
  /** The words before the command: what enters the namespaces it is to run in. */
  readonly enter: readonly string[];
  readonly cli: string;
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
}

/** Run by root, also where the tests were started by sudo: the lines to type that labnet prints are root's. */
const byRoot = { SUDO_UID: undefined, SUDO_GID: undefined };

export function labnetRuns({ enter, cli, env, directory }: RunsIn): LabnetRuns {
  const start = (...args: string[]): Running => {
    const [program = '', ...rest] = [...enter, 'node', cli, ...args];
    const subprocess = execa(program, rest, {
      env: { ...byRoot, ...env },
      cwd: directory,
      reject: false,
      stdin: 'ignore',
    });
    const ended = subprocess.then(({ exitCode = -1, stdout, stderr }) => ({
      status: exitCode,
      stdout,
      stderr,
    }));
    // Listened to rather than iterated: leaving execa's iterable ends the subprocess.
    const said = (text: string) =>
      new Promise<void>((resolve, reject) => {
        let seen = '';
        subprocess.stderr.on('data', (chunk: Buffer) => {
          seen += chunk.toString();
          if (seen.includes(text)) resolve();
        });
        void ended.then(() => reject(new Error(`labnet ended without "${text}": ${seen}`)));
      });
    const hangUp = () => subprocess.stderr.destroy();
    return { pid: subprocess.pid, ended, hangUp, said };
  };
  const labnet = (...args: string[]) => start(...args).ended;
  return {
    labnet,
    start,
    async json(...args) {
      const { status, stdout } = await labnet(...args, '--json');
      const value = JSON.parse(stdout) as LabReportJson;
      const name = value.error === undefined ? args[0] : 'error';
      const [, schema] = Object.entries(outputSchemas).find(([command]) => command === name) ?? [];
      schema?.parse(value);
      return { status, value };
    },
  };
}
