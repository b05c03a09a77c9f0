import { absent, oursUnless, type ResourceType, type Saved, type SpecBase } from './resource-type.ts';

/** The password of a VM's user, in a file that only root can read. */
export interface PasswordSpec extends SpecBase, Saved {
  readonly kind: 'password';
  readonly path: string;
  /** The name under which the lab file gives it; undefined: a random one. */
  readonly given?: string | undefined;
}

export const password: ResourceType<PasswordSpec> = {
  kind: 'password',
  outlivesBoot: true,
  why: ({ given }) =>
    given === undefined
      ? 'a random password for the console, which must work when the network does not'
      : 'the password that the lab file sets',
  create: ({ path, given, saved }) => [
    saved === undefined
      ? { do: 'make-secret', path, given }
      : { do: 'copy-file', from: saved, to: path, mode: 0o600 },
  ],
  loss: 'the password that the VM knows',
  remove: ({ path }) => [{ do: 'remove', path }],
  async inspect({ path }, { host }) {
    const file = await host.stat(path);
    if (file === undefined) return absent;
    return oursUnless((file.mode & 0o077) === 0 ? [] : [`${path} can be read by others`]);
  },
};
