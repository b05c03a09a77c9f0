import { saidTwice } from '../errors.ts';

/** The help text of --lab, for a command that does not name a lab first. */
export const whichLab = 'the lab, where there are several';

/**
 * The lab that was named: by --lab, or as a word, as labnet 0.2 had it.
 *
 * @throws LabnetError usage where both name one
 */
export function oneLab(
  word: string | undefined,
  { lab }: { readonly lab?: string | undefined },
): string | undefined {
  if (word === undefined || lab === undefined) return lab ?? word;
  throw saidTwice(word, `--lab ${lab}`);
}
