import { LabnetError } from '../errors.ts';

/**
 * 2021-08-14, the day of Debian 11, in seconds since 1970: with it seeds have the same bytes on every day they are
 * made.
 */
const defaultDate = 1_628_899_200;

/**
 * Seconds since 1970 for the dates in the seeds (reproducible-builds.org/specs/source-date-epoch).
 *
 * @throws LabnetError usage when SOURCE_DATE_EPOCH is no number of seconds
 */
export function sourceDate(env: Readonly<Record<string, string | undefined>>): number {
  const given = env.SOURCE_DATE_EPOCH;
  if (given === undefined) return defaultDate;
  if (/^\d{1,11}$/.test(given)) return Number(given);
  throw new LabnetError('usage', `SOURCE_DATE_EPOCH is no number of seconds: ${given}`);
}
