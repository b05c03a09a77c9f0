/**
 * Words without quotes as cloud-init's own reader takes them: PyYAML's safe loader, which is neither YAML 1.1 nor 1.2.
 * Source: yaml/resolver.py and yaml/constructor.py of PyYAML 5.3.1, 6.0 and 6.0.3 (Debian 11 to 13), whose patterns
 * these are.
 */

/** What a word says; or why a seed cannot say the same, and what to write instead. */
export type PlainScalar =
  | { readonly value: string | number | boolean | null }
  | { readonly refused: string; readonly instead: string };

const yes = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const no = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const nothing = /^(?:~|null|Null|NULL|)$/;

const whole = /^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;

/** A number with a point: PyYAML takes 1e3, which has none, for a text. */
const pointed =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$/;

const endless = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

const date =
  /^[0-9]{4}-(?:[0-9][0-9]-[0-9][0-9]|[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9][0-9]:[0-9][0-9](?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9][0-9])?))?)$/;

/**
 * Words that PyYAML's loader has no value for, or stops at, or that one release of it reads differently from another.
 */
const unreadable = /^(?:=|<<|[-+]?0[bx]_+|\._[0-9_]*(?:[eE][-+][0-9]+)?)$/;

/**
 * Reads a word without quotes as cloud-init does.
 *
 * @param source the word as it stands in the file; of one over several lines, as YAML joins them
 * @param isSecret whether what is said of the word must not repeat it
 */
export function readPlainScalar(source: string, isSecret = false): PlainScalar {
  const quoted = isSecret ? 'it in quotes' : `"${source}" in quotes`;
  if (unreadable.test(source)) return { refused: 'cloud-init cannot read this', instead: quoted };
  if (date.test(source)) return { refused: 'cloud-init would read a date here', instead: quoted };
  if (endless.test(source)) return { refused: 'this is no number that a seed can hold', instead: quoted };
  if (yes.test(source)) return { value: true };
  if (no.test(source)) return { value: false };
  if (nothing.test(source)) return { value: null };
  if (whole.test(source)) return { value: wholeNumber(source) };
  if (!pointed.test(source)) return { value: source };
  const value = pointedNumber(source);
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER)
    return { refused: 'this number is too large', instead: quoted };
  if (!Number.isInteger(value)) return { value };
  // Python tells 1.0 from 1, JavaScript does not.
  return {
    refused: 'a seed would say this without the point',
    instead: isSecret ? quoted : `${value + 0}, or ${quoted}`,
  };
}

function signOf(text: string): readonly [sign: 1 | -1, rest: string] {
  const sign = text.startsWith('-') ? -1 : 1;
  return [sign, text.replaceAll('_', '').replace(/^[-+]/, '')];
}

/**
 * The value of a whole number, rounded where it has more digits than a JavaScript number: refused.ts looks for those.
 */
function wholeNumber(source: string): number {
  const [sign, text] = signOf(source);
  // "-0" is a zero like any other in Python.
  if (text === '0') return 0;
  if (text.includes(':')) return sign * bySixty(text);
  return sign * Number(/^0[0-7]/.test(text) ? `0o${text}` : text) + 0;
}

function pointedNumber(source: string): number {
  const [sign, text] = signOf(source);
  return sign * (text.includes(':') ? bySixty(text) : Number(text));
}

/** The value of a number whose parts count by sixty, as hours and minutes do: 1:30 is 90. */
function bySixty(text: string): number {
  return text
    .split(':')
    .reverse()
    .reduce((sum, part, index) => sum + Number(part) * 60 ** index, 0);
}
