import type { ProcessFacts } from '../../src/host/host.ts';
import { MemoryFiles } from './memory-files.ts';
import { NetworkNamespace } from './network-namespace.ts';

export interface MemoryProcess extends ProcessFacts {
  /** Id of the network namespace it runs in. */
  readonly namespace: string;
  /** Unix sockets it listens on; the first one speaks QMP. */
  readonly sockets: readonly string[];
  /** What QMP query-status says of a QEMU's VM. */
  status: 'running' | 'paused' | 'io-error' | 'postmigrate';
  /** It goes on when asked to end: by QMP, or by SIGTERM. */
  deafTo: readonly ('quit' | 'SIGTERM' | 'SIGKILL')[];
}

export interface Snapshot {
  readonly files: Readonly<Record<string, string>>;
  /** Uid and command line of each process, sorted. */
  readonly processes: readonly string[];
  /** The root network namespace. */
  readonly root: object | undefined;
  /** Those besides. */
  readonly namespaces: readonly string[];
  readonly networkManager: readonly string[];
}

/** The state of a whole machine. Engines come and go over it; only `reboot` loses some of it. */
export class World {
  readonly files: MemoryFiles;
  readonly processes = new Map<number, MemoryProcess>();
  readonly namespaces = new Map<string, NetworkNamespace>();
  boot = 1;
  /** What NetworkManager has been told in files, when it last read them. */
  networkManager: readonly string[] = [];
  /** Writes to disks fail: a VM that goes on stops again. */
  full = false;
  #pids = 1000;
  #namespaces = 0;

  constructor(files: MemoryFiles = new MemoryFiles()) {
    this.files = files;
    this.namespaces.set('root', new NetworkNamespace('root'));
  }

  /** The same machine, changed apart from here on. */
  copy(): World {
    const copy = new World(this.files.copy());
    for (const [id, namespace] of this.namespaces) copy.namespaces.set(id, namespace.copy());
    for (const [pid, process] of this.processes) copy.processes.set(pid, { ...process });
    copy.networkManager = this.networkManager;
    [copy.boot, copy.full, copy.#pids, copy.#namespaces] = [
      this.boot,
      this.full,
      this.#pids,
      this.#namespaces,
    ];
    return copy;
  }

  get bootId(): string {
    return `boot-${this.boot}`;
  }

  /** The namespace that a path leads to; the root one without a path; undefined when the path leads to none. */
  namespaceAt(path: string | undefined): NetworkNamespace | undefined {
    const id = path === undefined ? 'root' : this.files.mounted(path);
    return id === undefined ? undefined : this.namespaces.get(id);
  }

  /** As `unshare --net=PATH`: a new namespace, kept by the mount. */
  newNamespace(path: string): void {
    this.#namespaces += 1;
    const id = `ns-${this.#namespaces}`;
    this.files.mount(path, id);
    this.namespaces.set(id, new NetworkNamespace(id));
  }

  /** As NetworkManager does at its start and when it is asked to. */
  readConfiguration(): void {
    const directory = '/run/NetworkManager/conf.d';
    const names = this.files.list(directory);
    this.networkManager = names.map((name) => this.files.read(`${directory}/${name}`) ?? '');
  }

  unmount(path: string): void {
    this.files.unmount(path);
    this.#dropUnused();
  }

  start(process: Omit<MemoryProcess, 'pid' | 'startTime' | 'deafTo' | 'status'>): MemoryProcess {
    this.#pids += 1;
    const pid = this.#pids;
    const started: MemoryProcess = {
      ...process,
      pid,
      startTime: String(pid * 100),
      deafTo: [],
      status: 'running',
    };
    this.processes.set(pid, started);
    return started;
  }

  /** @param clean it closed its sockets itself, and so removed them */
  end(pid: number, clean: boolean): void {
    const process = this.processes.get(pid);
    if (process === undefined) return;
    this.processes.delete(pid);
    for (const namespace of this.namespaces.values())
      for (const link of [...namespace.links.values()]) {
        if (link.holder !== pid) continue;
        // A tap that was made for nobody goes with the process that made it.
        if (link.uid === undefined) this.removeLink(namespace, link.name);
        else link.holder = undefined;
      }
    if (clean) for (const path of process.sockets) this.files.remove(path);
    this.#dropUnused();
  }

  /** Removes a link and, for a cable, its other end. */
  removeLink(namespace: NetworkNamespace, name: string): void {
    const peer = namespace.links.get(name)?.peer;
    namespace.removeLink(name);
    if (peer !== undefined) this.namespaces.get(peer.namespace)?.removeLink(peer.name);
  }

  /** All of the kernel's own and all that lies in memory is gone; disks stay. */
  reboot(memory: readonly string[], setUp: (world: World) => void): void {
    this.boot += 1;
    this.processes.clear();
    this.namespaces.clear();
    this.namespaces.set('root', new NetworkNamespace('root'));
    for (const path of memory) this.files.loseTree(path);
    this.readConfiguration();
    setUp(this);
  }

  /** The whole machine as plain data. */
  snapshot(): Snapshot {
    return {
      files: this.files.snapshot(),
      processes: [...this.processes.values()].map(({ uid, argv }) => [uid, ...argv].join(' ')).sort(),
      root: this.namespaces.get('root')?.snapshot(),
      namespaces: [...this.namespaces.keys()].filter((id) => id !== 'root'),
      networkManager: this.networkManager,
    };
  }

  /** A namespace lives while a mount or a process holds it; then its links go, and with them their other ends. */
  #dropUnused(): void {
    const held = new Set(['root', ...this.files.mounts()]);
    for (const { namespace } of this.processes.values()) held.add(namespace);
    for (const [id, namespace] of this.namespaces) {
      if (held.has(id)) continue;
      for (const name of [...namespace.links.keys()]) this.removeLink(namespace, name);
      this.namespaces.delete(id);
    }
  }
}
