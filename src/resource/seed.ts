import { isoActions } from '../seed/iso.ts';
import { absent, oursUnless, type ResourceType, type Saved, type SpecBase } from './resource-type.ts';

/** A VM's NoCloud seed: the ISO image that tells cloud-init who the VM is. */
export interface SeedSpec extends SpecBase, Saved {
  readonly kind: 'seed';
  readonly path: string;
  /** Directory of the three files while the ISO is made. */
  readonly sources: string;
  /** Secrets stand in the texts as tokens. */
  readonly files: { readonly userData: string; readonly metaData: string; readonly networkConfig: string };
  readonly uid: number;
  /** Seconds since 1970 for every date in the image, so that the same seed has the same bytes. */
  readonly date: number;
  /** Digest of what of it the user asked for; a labnet before 0.3 noted none. */
  readonly asked?: string | undefined;
  /** The instance id that a labnet before 0.3 gave to a seed of which the same was asked. */
  readonly formerId?: string | undefined;
}

/** The id by which cloud-init knows a seed, as its meta-data has it. */
export function instanceIdIn({ files }: SeedSpec): string {
  return /^instance-id: "([^"]*)"$/m.exec(files.metaData)?.[1] ?? '';
}

export const seed: ResourceType<SeedSpec> = {
  kind: 'seed',
  outlivesBoot: true,
  why: () =>
    'the CD from which the VM learns its name, addresses, users and keys at its first boot (cloud-init, NoCloud)',
  create: ({ path, sources, files, uid, date, saved }) =>
    saved !== undefined
      ? [{ do: 'copy-file', from: saved, to: path, mode: 0o600, uid }]
      : isoActions({ sources, iso: path, uid }, files, date),
  remove: ({ path, sources }) => [
    { do: 'remove', path: sources },
    { do: 'remove', path },
  ],
  repair: (spec) => seed.remove(spec),
  // What it says in which words is labnet's business: the next release may word it in another way.
  wish(spec, beside) {
    const { path, uid, asked, formerId } = spec;
    if (asked === undefined || beside.asked === undefined) return formerId ?? instanceIdIn(spec);
    return { path, uid, asked };
  },
  async inspect({ path, sources }, { host }) {
    const [image, rest] = await Promise.all([host.stat(path), host.stat(sources)]);
    if (image === undefined && rest === undefined) return absent;
    const whole = image !== undefined && image.size > 0 && rest === undefined;
    return oursUnless(whole ? [] : [`${path} was not finished`]);
  },
};
