import { holdsNamespace } from '../host/namespace.ts';
import { absent, type ResourceType, type SpecBase } from './resource-type.ts';

/**
 * A network namespace, kept by a file in the lab's own run directory: that place is its mark, since a namespace can
 * carry none. Not `ip netns`, which would leave a mount on /run/netns behind.
 */
export interface NamespaceSpec extends SpecBase {
  readonly kind: 'namespace';
  readonly path: string;
  readonly purpose: string;
}

export const namespace: ResourceType<NamespaceSpec> = {
  kind: 'namespace',
  why: ({ purpose }) => purpose,
  create: ({ path }) => [
    { do: 'write-file', path, content: '', mode: 0o600 },
    { do: 'run', argv: ['unshare', `--net=${path}`, '--', ...'ip link set dev lo up'.split(' ')] },
  ],
  remove: ({ path }) => [
    { do: 'run', argv: ['umount', path] },
    { do: 'remove', path },
  ],
  repair: ({ path }) => [{ do: 'remove', path }],
  async inspect({ path }, { host }) {
    const file = await host.stat(path);
    if (file === undefined) return absent;
    if (await holdsNamespace(path, host)) return { state: 'ours', record: { inode: file.inode } };
    return { state: 'drifted', record: {}, differences: [`${path} holds no namespace`] };
  },
};
