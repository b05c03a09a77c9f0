/** What a guest prints of its checks, which a guest's root can make anything of: read with bounds. */
import * as z from '../zod.ts';

/** The most characters of what a check has seen, and of that as it stands in a report. */
const longest = { seen: 16_384, reason: 300 };

/** What a terminal would obey or turn round, or cannot show (Unicode's general category C), and ends of lines. */
const unfit = /[\p{C}\u2028\u2029]/gu;

/** One line as guest/checks.sh prints it: id, status, milliseconds, what was seen. */
const answerSchema = z.tuple([
  z.string(),
  z.enum(['passed', 'failed']),
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
  z.string(),
]);

/** What a guest answered to a check. */
export interface Answer {
  readonly status: 'passed' | 'failed';
  /** Milliseconds, below 10⁹. */
  readonly ms: number;
  /** What was seen, in at most 300 characters that do a terminal no harm. */
  readonly reason: string;
  /** What was seen, as the guest has printed it: one line of at most 16 KiB, for who reads a value in it. */
  readonly seen: string;
}

/**
 * The answer to each check that was asked for. One that is missing, unreadable or told twice is a failure with that as
 * its reason; what was not asked for is no answer.
 */
export function readAnswers(text: string, asked: readonly string[]): ReadonlyMap<string, Answer> {
  const given = new Map<string, (readonly string[])[]>(asked.map((id) => [id, []]));
  for (const line of text.split('\n')) {
    const words = line.split('\t');
    given.get(words[0] ?? '')?.push(words);
  }
  return new Map(
    asked.map((id) => {
      const [only, ...others] = given.get(id) ?? [];
      if (only === undefined) return [id, unanswered('no answer')];
      if (others.length > 0) return [id, unanswered('no answer: more than one was given')];
      const answer = answerSchema.safeParse(only).data;
      if (answer === undefined) return [id, unanswered('no answer that can be read')];
      const [, status, ms, seen] = answer;
      return [id, { status, ms, reason: said(seen), seen: seen.slice(0, longest.seen) }];
    }),
  );
}

/** Text from a guest, or from a program that speaks for one, as it may stand in a report: one short line. */
export function said(text: string): string {
  const fit = text
    .trim()
    .slice(0, 2 * longest.reason)
    .replaceAll(unfit, '\uFFFD');
  return fit.length > longest.reason ? `${fit.slice(0, longest.reason - 1)}…` : fit;
}

const unanswered = (reason: string): Answer => ({ status: 'failed', ms: 0, reason, seen: '' });
