/** The bytes of a file that somebody wrote → its text, if they are UTF-8; anything else would change it unseen. */
import { isUtf8 } from 'node:buffer';
import type { Diagnostic } from './mistake.ts';

/** What is found in a file that is not in UTF-8: the mistake, and the text in which its line is shown. */
export interface NoUtf8 {
  readonly mistake: Diagnostic;
  readonly shown: string;
}

/** The text of a file, or what is wrong with its encoding. @param file the name shown in the mistake */
export function readUtf8(bytes: Buffer, file: string): string | NoUtf8 {
  const wide = utf16(bytes);
  if (wide !== undefined) return { mistake: wideMistake(file), shown: wide };
  const text = bytes.toString('utf8');
  if (isUtf8(bytes)) return text;
  return { mistake: firstBadByte(bytes, file), shown: text };
}

/**
 * The text of a file in UTF-16, two bytes a character, known by its mark or by its begin with a sign of ASCII;
 * undefined for others.
 */
function utf16(bytes: Buffer): string | undefined {
  const [first, second] = bytes;
  if (second === undefined) return undefined;
  const isLittle = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0);
  const isBig = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0);
  if (!isLittle && !isBig) return undefined;
  const whole = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  return (isBig ? whole.swap16() : whole).toString('utf16le');
}

function wideMistake(file: string): Diagnostic {
  return {
    position: { file, line: 1, column: 1 },
    message: 'the file is in UTF-16, two bytes a character',
    hint: saveIt(file, 'UTF-16'),
  };
}

function firstBadByte(bytes: Buffer, file: string): Diagnostic {
  let [line, from] = [1, 0];
  // The byte of a new line is part of no other character.
  for (
    let end = bytes.indexOf(10);
    end >= 0 && isUtf8(bytes.subarray(from, end));
    end = bytes.indexOf(10, from)
  ) {
    line += 1;
    from = end + 1;
  }
  const good = wholeCharacters(bytes.subarray(from));
  const byte = bytes[from + Buffer.byteLength(good)] ?? 0;
  // The first 32 signs beyond ASCII are controls in ISO-8859-1, and something else on each kind of PC.
  const meant = byte >= 0xa0 ? `, which is ${JSON.stringify(String.fromCharCode(byte))} in ISO-8859-1` : '';
  return {
    position: { file, line, column: good.replace(/^\uFEFF/, '').length + 1 },
    message: `the file is not in UTF-8: the byte 0x${byte.toString(16).toUpperCase()} stands here${meant}`,
    hint: saveIt(file, 'WINDOWS-1252'),
  };
}

/**
 * The text before the first byte that belongs to no character. The sign that stands for such a byte may be in the text
 * itself.
 */
function wholeCharacters(bytes: Buffer): string {
  let good = '';
  for (const character of bytes.toString('utf8')) {
    if (
      !bytes
        .subarray(Buffer.byteLength(good))
        .subarray(0, Buffer.byteLength(character))
        .equals(Buffer.from(character))
    )
      break;
    good += character;
  }
  return good;
}

function saveIt(file: string, from: string): string {
  return `save it as UTF-8, in your editor or so: iconv -f ${from} -t UTF-8 ${file} > new.yaml`;
}
