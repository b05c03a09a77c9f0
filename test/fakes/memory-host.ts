import { setImmediate } from 'node:timers/promises';
import { LabnetError } from '../../src/errors.ts';
import { CommandFailed } from '../../src/host/command-failed.ts';
import type {
  CopyOptions,
  DirectoryOptions,
  Host,
  Output,
  RunOptions,
  WriteOptions,
} from '../../src/host/host.ts';
import type { SpawnOptions } from '../../src/host/spawn-options.ts';
import { settingKey } from '../../src/observe/setting-file.ts';
import { done } from './answer.ts';
import { type FaultMode, Faults } from './faults.ts';
import { KernelError } from './kernel-error.ts';
import { readSetting } from './network-settings.ts';
import { onlyReads, runProgram } from './programs.ts';
import { startService } from './services.ts';
import { type MemoryProcess, World } from './world.ts';

/**
 * A host that lives in memory. `world` is the machine and stays; each `MemoryHost` over it is one run of labnet, with
 * its own faults.
 */
export class MemoryHost implements Host {
  readonly world: World;
  readonly faults = new Faults();
  readonly pace = 1;
  readonly ground = 'pc';

  constructor(world: World = new World()) {
    this.world = world;
  }

  /** Lets the n-th call (from 1) of this run fail. */
  failAt(n: number, mode: FaultMode): this {
    this.faults.failAt(n, mode);
    return this;
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<Output> {
    const { stdin = '', namespace, accept = [0], signal } = options;
    if (signal?.aborted) throw new Error('interrupted');
    const what = `run ${argv.join(' ')}${namespace === undefined ? '' : ` in ${namespace}`}`;
    const output = await this.faults.call(
      { what, method: 'run', reads: onlyReads(argv) },
      () => runProgram({ argv, stdin, namespace }, this.world),
      () => done,
    );
    if (accept.includes(output.status)) return output;
    throw new CommandFailed(argv, argv.join(' '), { how: 'exit', status: output.status }, output.stderr);
  }

  slowed(): void {}

  spawn(argv: readonly string[], options: SpawnOptions): Promise<number> {
    return this.#change(
      'spawn',
      argv.join(' '),
      () => startService(argv, options, this.world),
      () => 99_999,
    );
  }

  attach(): Promise<number> {
    return Promise.reject(new Error('the memory host has no terminal'));
  }

  async read(path: string): Promise<string | undefined> {
    this.faults.alive();
    const network = this.world.namespaceAt(undefined);
    if (network !== undefined && path.startsWith('/proc/sys/net/'))
      return readSetting(settingKey(path), network);
    return this.world.files.read(path);
  }

  async readInput(path: string): Promise<Buffer | undefined> {
    const text = await this.read(path);
    return text === undefined ? undefined : Buffer.from(text);
  }

  async readEnd(path: string, most: number) {
    const text = await this.read(path);
    return text === undefined ? undefined : { text: text.slice(-most), size: text.length };
  }

  write(path: string, content: string | Uint8Array, { mode, uid }: WriteOptions): Promise<void> {
    const text = typeof content === 'string' ? content : Buffer.from(content).toString('latin1');
    return this.#change('write', path, () => this.world.files.write(path, text, mode, uid), nothing);
  }

  append(path: string, content: string): Promise<void> {
    const { files } = this.world;
    const tear = () => files.append(path, content.slice(0, Math.ceil(content.length / 2)));
    return this.#change('append', `${path} ${content}`, () => files.append(path, content), nothing, tear);
  }

  sync(path: string): Promise<void> {
    const deed = () => {
      if (this.world.files.stat(path) === undefined) throw new KernelError('ENOENT', path);
    };
    return this.#change('sync', path, deed, nothing);
  }

  makeDirectory(path: string, { mode, uid, gid }: DirectoryOptions): Promise<void> {
    return this.#change(
      'makeDirectory',
      path,
      () => this.world.files.makeDirectory(path, mode, uid, gid),
      nothing,
    );
  }

  copy(from: string, to: string, { mode, uid, ownedBy }: CopyOptions): Promise<void> {
    return this.#change(
      'copy',
      to,
      () => {
        const facts = this.world.files.stat(from);
        if (facts?.kind !== 'file' || (ownedBy !== undefined && facts.uid !== ownedBy))
          throw new Error(`${from} is not the file that labnet made`);
        this.world.files.write(to, this.world.files.read(from) ?? '', mode, uid);
      },
      nothing,
    );
  }

  receive(): never {
    throw new Error('no QEMU of the fakes sends its state');
  }

  remove(path: string): Promise<void> {
    return this.#change('remove', path, () => this.world.files.remove(path), nothing);
  }

  removeEmptyDirectory(path: string): Promise<void> {
    return this.#change(
      'removeEmptyDirectory',
      path,
      () => this.world.files.removeEmptyDirectory(path),
      nothing,
    );
  }

  async list(path: string) {
    this.faults.alive();
    return this.world.files.list(path);
  }

  async stat(path: string) {
    this.faults.alive();
    return this.world.files.stat(path);
  }

  temporaryDirectory(): Promise<never> {
    return Promise.reject(new Error('the memory host has no temporary directory'));
  }

  async process(pid: number) {
    this.faults.alive();
    return this.world.processes.get(pid);
  }

  async processes() {
    this.faults.alive();
    return [...this.world.processes.values()];
  }

  kill(pid: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    return this.#change(
      'kill',
      `${signal} ${pid}`,
      () => {
        if (this.world.processes.get(pid)?.deafTo.includes(signal) === true) return;
        this.world.end(pid, signal === 'SIGTERM');
      },
      nothing,
    );
  }

  /** Time does not pass here: what has not ended yet does not end by waiting. */
  async waitForExit(pid: number): Promise<boolean> {
    this.faults.alive();
    await setImmediate();
    return !this.world.processes.has(pid);
  }

  async qmp(socket: string, command: string): Promise<unknown> {
    const process = [...this.world.processes.values()].find(({ sockets }) => sockets[0] === socket);
    const answers = process !== undefined && this.world.files.stat(socket)?.kind === 'socket';
    const noAnswer = () => new Error(`connect ECONNREFUSED ${socket}`);
    if (command === 'query-status' || command === 'query-block') {
      this.faults.alive();
      if (!answers) throw noAnswer();
      const nospace = process.status === 'io-error' && this.world.full;
      if (command === 'query-block') return [{ device: 'disk', 'io-status': nospace ? 'nospace' : 'ok' }];
      return { status: process.status, running: process.status === 'running', singlestep: false };
    }
    const deeds: Record<string, (one: MemoryProcess) => void> = {
      quit: ({ pid, deafTo }) => {
        if (!deafTo.includes('quit')) this.world.end(pid, true);
      },
      // A guest that shuts down at once.
      system_powerdown: ({ pid, status }) => {
        if (status === 'running') this.world.end(pid, true);
      },
      // It takes every state.
      'migrate-incoming': () => {},
      cont: (one) => {
        if (one.status !== 'io-error' || !this.world.full) one.status = 'running';
      },
    };
    const deed = deeds[command];
    if (deed === undefined) throw new Error(`the memory host's QEMU knows no ${command}`);
    return this.#change(
      'qmp',
      `${socket} ${command}`,
      () => {
        if (!answers) throw noAnswer();
        deed(process);
        return {};
      },
      () => ({}),
    );
  }

  /** Its QEMUs have guests that never run. */
  exchange(socket: string): Promise<never> {
    return Promise.reject(new LabnetError('failed', `${socket}: nobody answered`));
  }

  privateMounts(): Promise<never> {
    return Promise.reject(new Error('the memory host has no mount namespaces'));
  }

  async bootId(): Promise<string> {
    this.faults.alive();
    return this.world.bootId;
  }

  #change<T>(method: string, subject: string, deed: () => T, lie: () => T, half?: () => void): Promise<T> {
    return this.faults.call({ what: `${method} ${subject}`, method, reads: false }, deed, lie, half);
  }
}

const nothing = () => {};
