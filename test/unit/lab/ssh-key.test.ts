import { describe, expect, test } from 'vitest';
import { sshKeyFlaw } from '../../../src/lab/ssh-key.ts';

/** Made with ssh-keygen for these tests; nobody has their other halves. */
const keys = {
  ed25519: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPfwAyU8hUJBaYNArc8vEpFT7kfTQK+KP5l5KxvXp5u+ me@pc',
  rsa: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCphMOyOIOn9JuLEzWllni6WuNujv2o6L97WFyt4Ds50DlM7D7/DyRc6QOFni7GuWmg73a7DmFiJ6hYidQN9BE3Cn8zI7gLmSL0jtuDAkICRDlPXiOD2SwVvmTYkp/hJg2G7JKe4n3YFoOA5nat4ig8N25xn+JtPvX1xHy+GKppU8B0cikCIYSRRSK9cezkvvaNYSn/PHeKFiSB/MwfbuK26uzXdg83Er5Ue3GKYvoo9bAYKZpez+M8Ghv37HpdN2fGV5trcbP+cucFQqLDL1YEv9zNjUXt54DjvWjjeCmckS/LoZm66zQddRAeHeqUG6RNOCiOKJdH6mYvtZHvDSAp me@pc',
  p256: 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBDmbngJkjxeilcZ++768/trhht6zaB1eAksvxvMUpxxvbs8riPJqvxkzEeII6QQ74l9yPjdtgmkAhtVY6CmnOcE= me@pc',
  p384: 'ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBOKKpFeqKnsa+heShTBH2cxS/BS2ccHKr/SjB+aIbD1Y8o32YKgzbcJx7xo5hsoPgjuTmdOdbIbqahULC9/10gm7wEZFdZHd8llx+6VwPIgBDb56ac/085S8vb0Q7ep9aw== me@pc',
  p521: 'ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAHVqmofo/TpZk3LNqfT7m7WsIO8xwJn6G+azxlu+9WJGedrFpR9OpIvyAv5Hj6rzYIGFyqltVbc3w6LwaR6as9FIACck7btSIW12Xrfvuf8LrZdJ5DbxSOSF0FHVuENXicpkxVRiAf9jdieF9xk4Rld4xWgFpjtawjntAbfq7a05Ud65g== me@pc',
} as const;

/** A blob of fields, as RFC 4251 writes strings. */
function blob(...fields: readonly (string | Buffer)[]): string {
  const parts = fields.map((field) => {
    const bytes = Buffer.from(field);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  return Buffer.concat(parts).toString('base64');
}

const point = (length: number) => Buffer.alloc(length, 4);
const [, ed25519 = ''] = keys.ed25519.split(' ');
const [, rsa = ''] = keys.rsa.split(' ');

describe('a public key', () => {
  test.each([
    ...Object.entries(keys),
    ['ed25519 without a comment', `ssh-ed25519 ${ed25519}`],
    ['ed25519 with a comment of several words', `ssh-ed25519 ${ed25519} me, at the PC (2026)  x`],
    [
      'a security key',
      `sk-ssh-ed25519@openssh.com ${blob('sk-ssh-ed25519@openssh.com', point(32), 'ssh:')} yubi`,
    ],
    [
      'another security key',
      `sk-ecdsa-sha2-nistp256@openssh.com ${blob('sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', point(65), 'ssh:')}`,
    ],
    [
      'an RSA key of 1024 bits',
      `ssh-rsa ${blob('ssh-rsa', Buffer.of(1, 0, 1), Buffer.concat([Buffer.of(0), Buffer.alloc(128, 255)]))}`,
    ],
  ])('%s', (_, line) => expect(sshKeyFlaw(line)).toBeUndefined());
});

describe('each flaw has its own words', () => {
  test.each([
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n', 'is a private key'],
    ['a private key of PuTTY', 'PuTTY-User-Key-File-3: ssh-ed25519', 'is a private key'],
    ['a key of RFC 4716', '---- BEGIN SSH2 PUBLIC KEY ----', 'ssh-keygen -i -f FILE'],
    ['the name of a file', '~/.ssh/id_ed25519.pub', 'is the name of a file'],
    ['another name of a file', 'id_rsa.pub', 'is the name of a file'],
    ['two lines', `${keys.ed25519}\n${keys.rsa}`, 'must be one line'],
    ['nothing', '', 'must be one line, without tabs, and not empty'],
    ['a blank in front', ` ${keys.ed25519}`, 'must not begin or end with a blank'],
    ['no type', `${ed25519} me@pc`, 'has no type in front of the key'],
    ['options', `no-pty,command="/bin/true" ${keys.ed25519}`, 'has options in front'],
    ['an option with blanks', `from="10.0.0.0/8, !10.1.1.1" ${keys.rsa}`, 'has options in front'],
    ['a type that is none', `ssh-foo ${ed25519}`, '"ssh-foo" is none of ssh-ed25519, ssh-rsa'],
    [
      'a word of a private key',
      'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz',
      'Its first word is none of',
    ],
    ['a type of JavaScript', `constructor ${ed25519}`, '"constructor" is none of'],
    [
      'a type of old',
      `ssh-dss ${blob('ssh-dss', point(9), point(9), point(9), point(9))}`,
      'sshd takes no more',
    ],
    ['a certificate', `ssh-ed25519-cert-v01@openssh.com ${ed25519}`, 'is a certificate'],
    ['a type alone', 'ssh-ed25519', 'has no key behind its type'],
    [
      'another type than the key',
      `ssh-ed25519 ${rsa}`,
      'says that it is of type ssh-ed25519, but its key is of type ssh-rsa',
    ],
    [
      'a curve for another',
      keys.p256.replace('ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384'),
      'but its key is of type ecdsa-sha2-nistp256',
    ],
    ['a key that is cut short', keys.ed25519.slice(0, 60), 'is cut short'],
    ['a key that is cut at a whole byte', `ssh-rsa ${rsa.slice(0, 200)} me@pc`, 'is cut short'],
    ['a key cut at a whole field', `ssh-rsa ${blob('ssh-rsa', Buffer.of(1, 0, 1))}`, 'is cut short'],
    ['a key without its last signs', `ssh-ed25519 ${ed25519.slice(0, -1)}`, 'is cut short'],
    [
      'a blank in the key',
      `ssh-rsa ${rsa.slice(0, 180)} ${rsa.slice(180)} me@pc`,
      'a blank or a new line in the middle',
    ],
    [
      'two blanks in the key',
      `ssh-rsa ${rsa.slice(0, 80)} ${rsa.slice(80, 160)} ${rsa.slice(160)}`,
      'in the middle of its key',
    ],
    [
      'a strange sign in the key',
      `ssh-rsa ${rsa.slice(0, 80)}…${rsa.slice(80)}`,
      'has the character "…" in its key',
    ],
    ['more than a key', `ssh-ed25519 ${blob('ssh-ed25519', point(32), 'x')}`, 'more behind its end'],
    [
      'a key of another length',
      `ssh-ed25519 ${blob('ssh-ed25519', point(31))}`,
      'holds no key of the type ssh-ed25519',
    ],
    [
      'a curve of another name',
      `ecdsa-sha2-nistp256 ${blob('ecdsa-sha2-nistp256', 'nistp384', point(65))}`,
      'holds no key of the type',
    ],
    [
      'a short key of RSA',
      `ssh-rsa ${blob('ssh-rsa', Buffer.of(3), Buffer.alloc(64, 255))}`,
      'is a key of 512 bits',
    ],
    ['no key of RSA', `ssh-rsa ${blob('ssh-rsa', '', '')}`, 'holds no key of the type ssh-rsa'],
    [
      'other bytes',
      `ssh-rsa ${Buffer.from('hello, this is no key at all').toString('base64')}`,
      'is cut short',
    ],
  ])('%s', (_, line, words) => expect(sshKeyFlaw(line)).toContain(words));
});

test('whatever place it is cut at, a key is none any more', () => {
  for (const line of Object.values(keys)) {
    const end = line.lastIndexOf(' ');
    for (let at = 0; at < end; at += 1) expect(sshKeyFlaw(line.slice(0, at))).toBeTypeOf('string');
  }
});
