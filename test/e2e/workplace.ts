import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { inject } from 'vitest';
import { outputSchemas } from '../../src/report/output-schemas.ts';
import { baseImage } from '../setup/base-image.ts';
import { hostSnapshot, type Snapshot } from '../setup/host-snapshot.ts';

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
  /** Waits until standard error holds a text. @throws when labnet ends without it */
  said(text: string): Promise<void>;
}

/** Directories of a test's own, with the shared base image in its store, and labnet working in them. */
export interface Workplace {
  readonly directory: string;
  readonly state: string;
  readonly run: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cli: string;
  labnet(...args: string[]): Promise<Ended>;
  /** The object that a command prints with --json. */
  json(...args: string[]): Promise<{ readonly status: number; readonly value: LabReportJson }>;
  /** Starts labnet and goes on. */
  start(...args: string[]): Running;
  snapshot(): Promise<Snapshot>;
  /** Removes whatever a failed test has left. */
  close(): Promise<void>;
}

export interface LabReportJson {
  readonly ok: boolean;
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

/**
 * @param namespace a network namespace to run labnet in: its path
 * @param image the base image in its store
 */
export async function workplace(namespace?: string, image = 'debian-11'): Promise<Workplace> {
  const cli = inject('cli');
  const images = await baseImage(image, cli);
  const directory = mkdtempSync(join(tmpdir(), 'labnet-e2e-'));
  // The VMs' own uids pass through it.
  await execa('chmod', ['0711', directory]);
  const [state, run] = [join(directory, 'state'), join(directory, 'run')];
  mkdirSync(state, { mode: 0o711 });
  symlinkSync(join(images, 'images'), join(state, 'images'));
  const env = { LABNET_STATE: state, LABNET_RUN: run, LABNET_CACHE: join(directory, 'cache') };
  const enter = namespace === undefined ? [] : ['nsenter', `--net=${namespace}`, '--'];
  const start = (...args: string[]): Running => {
    const [program = '', ...rest] = [...enter, 'node', cli, ...args];
    const subprocess = execa(program, rest, { env, cwd: directory, reject: false, stdin: 'ignore' });
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
    return { pid: subprocess.pid, ended, said };
  };
  const labnet = (...args: string[]) => start(...args).ended;
  return {
    directory,
    state,
    run,
    env,
    cli,
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
    snapshot: () => hostSnapshot({ namespace, directories: [state, run], processText: directory }),
    async close() {
      await labnet('destroy', '--all', '--yes');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What /proc says of a process's rights. */
export function rightsOf(pid: number): Readonly<Record<string, string>> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n');
  return Object.fromEntries(
    lines.map((line) => line.split(/:\s+/)).map(([key = '', value = '']) => [key, value]),
  );
}
