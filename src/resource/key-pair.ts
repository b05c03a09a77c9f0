import { absent, oursUnless, type ResourceType, type Saved, type SpecBase } from './resource-type.ts';

/** An ed25519 key pair: the lab's own for entering its VMs, or a VM's host key, known before its first boot. */
export interface KeyPairSpec extends SpecBase, Saved {
  readonly kind: 'key-pair';
  readonly path: string;
  readonly comment: string;
  readonly uid: number;
  readonly purpose: string;
}

export const keyPair: ResourceType<KeyPairSpec> = {
  kind: 'key-pair',
  outlivesBoot: true,
  why: ({ purpose }) => purpose,
  create: ({ path, comment, uid, saved }) => {
    if (saved !== undefined) {
      return [
        { do: 'copy-file', from: saved, to: path, mode: 0o600, uid },
        { do: 'copy-file', from: `${saved}.pub`, to: `${path}.pub`, mode: 0o600, uid },
      ];
    }
    const makes = [path, `${path}.pub`];
    const generate = ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path];
    return [
      // ssh-keygen would ask before it overwrites what an interrupted run left.
      { do: 'remove', path },
      ...(uid === 0
        ? [{ do: 'run', argv: generate, makes } as const]
        : [
            { do: 'run', argv: generate } as const,
            { do: 'run', argv: ['chown', String(uid), ...makes], makes } as const,
          ]),
    ];
  },
  loss: 'the key that the VMs know',
  remove: ({ path }) => [
    { do: 'remove', path },
    { do: 'remove', path: `${path}.pub` },
  ],
  // Another admin, or cron, makes no other lab of it.
  wish: ({ path }) => ({ path }),
  async inspect({ path, uid }, { host }) {
    const [secret, open] = await Promise.all([host.stat(path), host.stat(`${path}.pub`)]);
    if (secret === undefined && open === undefined) return absent;
    return oursUnless(
      [
        (secret === undefined || open === undefined) && `${path} is half a key pair`,
        (secret?.size === 0 || open?.size === 0) && `${path} is empty, as after a power cut`,
        secret !== undefined && secret.uid !== uid && `${path} belongs to uid ${secret.uid}, not ${uid}`,
        secret !== undefined && (secret.mode & 0o077) !== 0 && `${path} can be read by others`,
      ].filter((difference) => difference !== false),
    );
  },
};
