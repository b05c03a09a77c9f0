import * as z from '../zod.ts';

/** C0 but tab and newline, DEL, C1, and halves of surrogate pairs: nothing that YAML parsers agree on. */
const unsafe = /[\p{Cc}\p{Cs}]/u;

/** Why a text cannot go into a seed unchanged; undefined when it can. */
export function unsafeText(text: string): string | undefined {
  const bad = unsafe.exec(text.replaceAll(/[\t\n]/g, ''));
  if (bad !== null)
    return `holds the character U+${bad[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  if (text.includes('@@labnet:')) return 'holds "@@labnet:", which stands for a secret of labnet';
  return undefined;
}

/** Free text of one or more lines. */
export function freeText(longest: number): z.ZodString {
  return z
    .string()
    .max(longest)
    .superRefine((text, context) => {
      const reason = unsafeText(text);
      if (reason !== undefined) context.addIssue({ code: 'custom', message: reason });
    });
}

/** Free text of a single line. */
export function lineOfText(longest: number): z.ZodString {
  return freeText(longest).regex(/^[^\n\t]+$/, 'must be one line, without tabs, and not empty');
}
