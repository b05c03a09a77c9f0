import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { isPasswordHash, password } from '../../../src/lab/password.ts';
import { specsOf } from '../../../src/plan/plan.ts';
import { planOfText } from '../../fakes/plans.ts';

/** What the C library makes of `pass` with a setting of crypt(5). */
const crypt = (setting: string) =>
  execFileSync('perl', ['-e', 'print crypt("pass", $ARGV[0])', setting], { encoding: 'utf8' });

const settings = [
  ...[
    '$1$salt',
    '$2b$04$abcdefghijklmnopqrstuu',
    '$5$salt',
    '$5$rounds=1000$salt',
    '$6$salt',
    '$6$rounds=1000$salt',
  ],
  ...['$7$CU..../....saltsalt', '$y$j9T$saltsalt', '$gy$j9T$saltsalt'],
];

describe('a hash', () => {
  test.each(settings)('made with %s is one, whole; without its last character it is refused', (setting) => {
    const hash = crypt(setting);
    expect(hash).toMatch(/^\$/);
    expect([isPasswordHash(hash), password.safeParse(hash).success]).toEqual([true, true]);
    const short = hash.slice(0, -1);
    expect([isPasswordHash(short), password.safeParse(short).success]).toEqual([false, false]);
  });
});

describe('a plain password', () => {
  test.each(['secret', '$', '$ecret', '$a:b', '$100 bill', '€'.repeat(170)])('%j is one', (text) => {
    expect([isPasswordHash(text), password.safeParse(text).success]).toEqual([false, true]);
  });

  test.each([
    ['', 'not empty'],
    ['two\nlines', 'must be one line'],
    ['€'.repeat(171), 'at most 511 bytes'],
    ['$6$salt$hash', 'begins like a hash of crypt(5) and is none'],
    ['$y$', 'begins like a hash of crypt(5) and is none'],
  ])('%j is refused', (text, reason) => {
    expect(password.safeParse(text).error?.issues[0]?.message).toContain(reason);
  });
});

describe('in the seed', () => {
  const seedWith = (text: string) => {
    const plan = planOfText(`vms: {vm1: {password: ${JSON.stringify(text)}}}\n`);
    const [seed] = specsOf(plan).flatMap((spec) => (spec.kind === 'seed' ? [spec.files.userData] : []));
    return /hashed_passwd: "(.*)"/.exec(seed ?? '')?.[1];
  };

  test('a plain one is to stand as its hash, a hash as it is', () => {
    expect(seedWith('$ecret')).toMatch(/^@@labnet:crypt\(\w{16}\):\/.*\/vm1\/password@@$/);
    expect(seedWith(crypt('$6$salt'))).toMatch(/^@@labnet:\/.*\/vm1\/password@@$/);
  });
});
