/** A VM's password: plain, or as the hash of it that /etc/shadow has. */
import { freeText } from './text.ts';

/** The most bytes of a password: crypt(3) of Debian's C library makes no hash of a longer one (libxcrypt's crypt.h). */
const longest = 511;

const beginsLikeHash = /^\$(?:1|2[abxy]|5|6|7|y|gy)\$/;

/** The forms of a whole hash of crypt(5): method, parameters, salt, hash. */
const wholeHashes = [
  /^\$1\$[^$:]{1,8}\$[./0-9A-Za-z]{22}$/,
  /^\$2[abxy]\$\d\d\$[./0-9A-Za-z]{53}$/,
  /^\$5\$(?:rounds=\d+\$)?[^$:]{1,16}\$[./0-9A-Za-z]{43}$/,
  /^\$6\$(?:rounds=\d+\$)?[^$:]{1,16}\$[./0-9A-Za-z]{86}$/,
  /^\$7\$[./0-9A-Za-z]{11,97}\$[./0-9A-Za-z]{43}$/,
  /^\$g?y\$[./0-9A-Za-z]+\$[./0-9A-Za-z]{0,86}\$[./0-9A-Za-z]{43}$/,
];

/** Whether a password of a lab file is a hash already. */
export function isPasswordHash(text: string): boolean {
  return wholeHashes.some((form) => form.test(text));
}

export const password = freeText(256)
  .regex(/^[^\n\t\u2028\u2029]+$/, 'must be one line and not empty')
  .refine((text) => Buffer.byteLength(text) <= longest, `must be at most ${longest} bytes`)
  .refine(
    (text) => !beginsLikeHash.test(text) || isPasswordHash(text),
    'begins like a hash of crypt(5) and is none: give all of it, as `openssl passwd -6` prints it',
  )
  .nullable();
