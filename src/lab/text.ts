import * as z from '../zod.ts';

/**
 * Characters on which YAML parsers do not agree: C0 (tab and newline are taken out before), DEL, C1, and halves of
 * surrogate pairs.
 */
const unsafe = /[\p{Cc}\p{Cs}]/u;

/** Why a text cannot go into a seed unchanged; undefined when it can. */
export function unsafeText(text: string): string | undefined {
  const bad = unsafe.exec(text.replaceAll(/[\t\n]/g, ''));
  if (bad !== null)
    return `holds the character U+${bad[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  if (text.includes('@@labnet:')) return 'holds "@@labnet:", which stands for a secret of labnet';
  return undefined;
}

/** The schema of a free text of one or more lines. @param longest in characters */
export function freeText(longest: number): z.ZodString {
  return z
    .string()
    .max(longest)
    .superRefine((text, context) => {
      const reason = unsafeText(text);
      if (reason !== undefined) context.addIssue({ code: 'custom', message: reason });
    });
}

/** The schema of a free text of a single line. @param longest in characters */
export function lineOfText(longest: number): z.ZodString {
  return freeText(longest).regex(/^[^\n\t]+$/, 'must be one line, without tabs, and not empty');
}
