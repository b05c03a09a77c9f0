import { absent, oursUnless, type ResourceType, type SpecBase } from './resource-type.ts';

/** A directory that holds one VM's files, or the sockets of a lab. */
export interface DirectorySpec extends SpecBase {
  readonly kind: 'directory';
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  /** The uid's own unless told. */
  readonly gid?: number | undefined;
  /** Files that running programs leave in it: logs, sockets. They go with it; anything else in it stays, and so does it. */
  readonly leftovers: readonly string[];
  readonly purpose: string;
}

export const directory: ResourceType<DirectorySpec> = {
  kind: 'directory',
  outlivesBoot: true,
  why: ({ purpose }) => purpose,
  create: ({ path, mode, uid, gid }) => [{ do: 'make-directory', path, mode, uid, gid }],
  repair: (spec) => directory.create(spec),
  remove: ({ path, leftovers }) => [
    ...leftovers.map((name) => ({ do: 'remove', path: `${path}/${name}` }) as const),
    { do: 'remove-if-empty', path },
  ],
  wish: ({ path, uid }) => ({ path, uid }),
  async inspect({ path, mode, uid, gid = uid }, { host }) {
    const facts = await host.stat(path);
    if (facts === undefined) return absent;
    if (facts.kind !== 'directory') return { state: 'foreign', evidence: `${path} is not a directory` };
    return oursUnless(
      [
        facts.mode !== mode && `${path} has mode ${facts.mode.toString(8)}, not ${mode.toString(8)}`,
        facts.uid !== uid && `${path} belongs to uid ${facts.uid}, not ${uid}`,
        facts.gid !== gid && `${path} belongs to gid ${facts.gid}, not ${gid}`,
      ].filter((difference) => difference !== false),
    );
  },
};
