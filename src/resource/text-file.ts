import { absent, oursUnless, type ResourceType, type SpecBase } from './resource-type.ts';

/** A small file of the lab's own, such as the known_hosts of its VMs. */
export interface TextFileSpec extends SpecBase {
  readonly kind: 'text-file';
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  readonly uid: number;
  readonly purpose: string;
}

export const textFile: ResourceType<TextFileSpec> = {
  kind: 'text-file',
  outlivesBoot: true,
  why: ({ purpose }) => purpose,
  create: ({ path, content, mode, uid }) => [{ do: 'write-file', path, content, mode, uid }],
  remove: ({ path }) => [{ do: 'remove', path }],
  // Its content follows from the VMs, and whose it is from who came first.
  wish: ({ path }) => ({ path }),
  async inspect({ path }, { host }) {
    const file = await host.stat(path);
    if (file === undefined) return absent;
    return oursUnless(file.kind === 'file' ? [] : [`${path} is not a file`]);
  },
};
