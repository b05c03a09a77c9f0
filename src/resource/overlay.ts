import { unprivileged } from '../host/unprivileged.ts';
import * as z from '../zod.ts';
import { absent, oursUnless, type ResourceType, type Saved, type SpecBase } from './resource-type.ts';

/** A VM's disk: only what differs from the base image, its backing file. */
export interface OverlaySpec extends SpecBase, Saved {
  readonly kind: 'overlay';
  readonly path: string;
  readonly backing: string;
  /** Bytes the guest sees; the file grows as it is written. */
  readonly size: number;
  readonly uid: number;
}

const info = z.object({ 'virtual-size': z.number(), 'full-backing-filename': z.string().optional() });

export const overlay: ResourceType<OverlaySpec> = {
  kind: 'overlay',
  outlivesBoot: true,
  why: ({ backing }) =>
    `the VM's disk: what the VM writes goes here, what it has not written is read from ${backing}`,
  create: ({ path, backing, size, uid, saved }) =>
    saved !== undefined
      ? [{ do: 'copy-file', from: saved, to: path, mode: 0o600, uid }]
      : [
          // In root's directory qemu-img may fill a file, not make one.
          { do: 'write-file', path, content: '', mode: 0o600, uid },
          {
            do: 'run',
            // The backing format is said, never probed: a raw image that looks like qcow2 could name any file.
            argv: unprivileged(uid, [
              'qemu-img',
              'create',
              '-q',
              '-f',
              'qcow2',
              '-F',
              'qcow2',
              '-b',
              backing,
              path,
              String(size),
            ]),
          },
        ],
  loss: 'what the VM has written',
  remove: ({ path }) => [{ do: 'remove', path }],
  async inspect({ path, backing, size, uid }, { host }) {
    if ((await host.stat(path)) === undefined) return absent;
    const argv = unprivileged(uid, [
      'qemu-img',
      'info',
      '--force-share',
      '--output=json',
      '-f',
      'qcow2',
      path,
    ]);
    const { status, stdout } = await host.run(argv, { accept: [0, 1] });
    if (status !== 0)
      return { state: 'drifted', record: {}, differences: [`${path} cannot be read as qcow2`] };
    const found = info.parse(JSON.parse(stdout));
    return oursUnless(
      [
        found['full-backing-filename'] !== backing && `${path} has another backing file than ${backing}`,
        found['virtual-size'] !== size && `${path} is of ${found['virtual-size']} bytes, not ${size}`,
      ].filter((difference) => difference !== false),
    );
  },
};
