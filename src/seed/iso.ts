import type { Action } from '../action/action.ts';
import { LabnetError } from '../errors.ts';
import type { SeedTexts } from './seed.ts';

/** Where the image of a seed is made, and for whom. */
export interface IsoPaths {
  /** The directory for the three files while the image is made. */
  readonly sources: string;
  readonly iso: string;
  /** The uid that may read the image: that of the user that the VM runs as. */
  readonly uid: number;
}

/**
 * The actions that make three texts into a NoCloud image (volume `cidata`; cloud-init's "NoCloud" data source). The
 * same texts and date give the same bytes, from the same xorriso: every date in the image is the one given, every owner
 * is root.
 *
 * The image exists with its owner and mode before it is filled, so nobody else can read it at any time.
 *
 * @param sourceDateEpoch seconds since 1970, as reproducible-builds.org defines SOURCE_DATE_EPOCH
 */
export function isoActions(paths: IsoPaths, files: SeedTexts, sourceDateEpoch: number): Action[] {
  const { sources, iso, uid } = paths;
  const write = (name: string, content: string): Action => ({
    do: 'write-file',
    path: `${sources}/${name}`,
    content,
    mode: 0o600,
  });
  return [
    { do: 'make-directory', path: sources, mode: 0o700 },
    write('user-data', files.userData),
    write('meta-data', files.metaData),
    write('network-config', files.networkConfig),
    { do: 'write-file', path: iso, content: '', mode: 0o600, uid },
    {
      do: 'run',
      argv: [
        ...[
          'xorriso',
          '-as',
          'mkisofs',
          '-quiet',
          '-o',
          iso,
          '-V',
          'cidata',
          '-J',
          '-R',
          '-uid',
          '0',
          '-gid',
          '0',
        ],
        ...dateOptions(sourceDateEpoch),
        sources,
      ],
      makes: [iso],
    },
    { do: 'remove', path: sources },
  ];
}

/**
 * The options for the dates in the image (xorrisofs(1)): --modification-date wants YYYYMMDDhhmmsscc in GMT; a time
 * after "=" is in seconds since 1970.
 */
function dateOptions(seconds: number): readonly string[] {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 0xffff_ffff) {
    throw new LabnetError(
      'usage',
      'SOURCE_DATE_EPOCH must be a whole number of seconds from 0 to 4294967295',
    );
  }
  // xorriso takes second 0 for "now" (1.5.4, seen).
  const moment = Math.max(seconds, 1);
  const digits = new Date(moment * 1000).toISOString().replace(/\D/g, '').slice(0, 14);
  return [`--modification-date=${digits}00`, '--set_all_file_dates', `=${moment}`];
}
