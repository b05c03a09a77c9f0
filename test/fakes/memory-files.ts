import { dirname } from 'node:path';
import type { FileFacts } from '../../src/host/host.ts';
import { KernelError } from './kernel-error.ts';

interface Node {
  readonly kind: 'file' | 'directory' | 'socket';
  content: string;
  mode: number;
  uid: number;
  gid: number;
  readonly inode: number;
  /** The namespaces mounted over it, the last on top. */
  readonly mounts: string[];
}

/** Device numbers as stat(2) tells them: the file system's, and that of the kernel's nsfs. */
const device = { disk: 1, nsfs: 4 };

/** A file system: whole paths to nodes. It refuses what Linux refuses. */
export class MemoryFiles {
  readonly #nodes = new Map<string, Node>();
  #inodes = 1;

  constructor() {
    this.#add('/', 'directory', 0o755, 0);
  }

  /** The same files, changed apart from here on. */
  copy(): MemoryFiles {
    const copy = new MemoryFiles();
    for (const [path, node] of this.#nodes) copy.#nodes.set(path, { ...node, mounts: [...node.mounts] });
    copy.#inodes = this.#inodes;
    return copy;
  }

  stat(path: string): FileFacts | undefined {
    const node = this.#nodes.get(path);
    if (node === undefined) return undefined;
    const { kind, mode, uid, gid, inode, content, mounts } = node;
    const mounted = mounts.length > 0;
    return {
      kind,
      mode,
      uid,
      gid,
      size: content.length,
      allocated: content.length,
      inode: mounted ? 4_000_000_000 + inode : inode,
      device: mounted ? device.nsfs : device.disk,
      mtimeMs: 0,
    };
  }

  read(path: string): string | undefined {
    const node = this.#nodes.get(path);
    if (node?.kind === 'directory') throw new KernelError('EISDIR', path);
    return node?.content;
  }

  /** Rename over what is there: a new inode. */
  write(path: string, content: string, mode: number, uid = 0): void {
    const old = this.#nodes.get(path);
    if (old?.kind === 'directory') throw new KernelError('EISDIR', path);
    if (old !== undefined && old.mounts.length > 0) throw new KernelError('EBUSY', path);
    this.#add(path, 'file', mode, uid).content = content;
  }

  append(path: string, content: string): void {
    const node = this.#nodes.get(path) ?? this.#add(path, 'file', 0o600, 0);
    if (node.kind !== 'file') throw new KernelError('EISDIR', path);
    node.content += content;
  }

  listen(path: string, uid: number): void {
    if (this.#nodes.has(path)) throw new KernelError('EADDRINUSE', path);
    this.#add(path, 'socket', 0o700, uid);
  }

  makeDirectory(path: string, mode: number, uid?: number, gid = uid): void {
    const missing: string[] = [];
    for (let at = dirname(path); !this.#nodes.has(at); at = dirname(at)) missing.unshift(at);
    for (const parent of missing) this.#add(parent, 'directory', 0o711, 0);
    const node = this.#nodes.get(path) ?? this.#add(path, 'directory', mode, uid ?? 0);
    this.change(path, { mode, uid: uid ?? node.uid, gid: gid ?? node.gid });
  }

  change(path: string, { mode, uid, gid }: Partial<Pick<Node, 'mode' | 'uid' | 'gid'>>): void {
    const node = this.#nodes.get(path);
    if (node === undefined) throw new KernelError('ENOENT', path);
    node.mode = mode ?? node.mode;
    node.uid = uid ?? node.uid;
    node.gid = gid ?? uid ?? node.gid;
  }

  /** As `rm -rf`. */
  remove(path: string): void {
    const within = [...this.#nodes].filter(([name]) => name === path || name.startsWith(`${path}/`));
    // Unlinking goes from the inside out and stops at the first refusal.
    for (const [name, { mounts }] of within.reverse()) {
      if (mounts.length > 0) throw new KernelError('EBUSY', name);
      this.#nodes.delete(name);
    }
  }

  removeEmptyDirectory(path: string): void {
    const node = this.#nodes.get(path);
    if (node === undefined) return;
    if (node.kind !== 'directory') throw new KernelError('ENOTDIR', path);
    if (this.list(path).length === 0) this.#nodes.delete(path);
  }

  list(path: string): readonly string[] {
    const prefix = path === '/' ? path : `${path}/`;
    return [...this.#nodes.keys()]
      .filter((name) => name.startsWith(prefix) && name !== path && !name.slice(prefix.length).includes('/'))
      .map((name) => name.slice(prefix.length))
      .sort();
  }

  mount(path: string, namespace: string): void {
    const node = this.#nodes.get(path);
    if (node === undefined) throw new KernelError('ENOENT', path);
    node.mounts.push(namespace);
  }

  /** @returns the namespace that was on top */
  unmount(path: string): string {
    const top = this.#nodes.get(path)?.mounts.pop();
    if (top === undefined) throw new KernelError('EINVAL', `${path}: not mounted`);
    return top;
  }

  mounted(path: string): string | undefined {
    return this.#nodes.get(path)?.mounts.at(-1);
  }

  mounts(): readonly string[] {
    return [...this.#nodes.values()].flatMap(({ mounts }) => mounts);
  }

  /** A reboot empties the directory: it lies in memory. Mounts are gone everywhere. */
  loseTree(path: string): void {
    for (const { mounts } of this.#nodes.values()) mounts.length = 0;
    this.remove(path);
  }

  /** Without inodes and times: a file removed and written again as it was counts as the same. */
  snapshot(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...this.#nodes]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([path, { kind, mode, uid, gid, content, mounts }]) => [
          path,
          [kind, mode.toString(8), `${uid}:${gid}`, ...mounts, content].join(' '),
        ]),
    );
  }

  #add(path: string, kind: Node['kind'], mode: number, uid: number): Node {
    if (path !== '/') {
      const parent = this.#nodes.get(dirname(path));
      if (parent === undefined) throw new KernelError('ENOENT', path);
      if (parent.kind !== 'directory') throw new KernelError('ENOTDIR', path);
    }
    const node: Node = { kind, content: '', mode, uid, gid: uid, inode: this.#inodes++, mounts: [] };
    this.#nodes.set(path, node);
    return node;
  }
}
