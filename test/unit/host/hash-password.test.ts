import { expect, test } from 'vitest';
import { hashPassword } from '../../../src/host/hash-password.ts';
import { localHost } from '../../../src/host/local-host.ts';

test('what gets no hash is told, and not put into a seed', async () => {
  await expect(hashPassword('x'.repeat(512), 'a1', localHost())).rejects.toThrow('no SHA-512 hash');
});

// From `openssl passwd -6 -salt SALT PASSWORD`.
test.each([
  [
    'päss',
    'abcdefghij123456',
    '$6$abcdefghij123456$tuedXauwkbavg7/tC5sVvI2YO2OpsH7nDbPNBwgL1nlvRT0g9ZZNRCd14PSQji0ef2fhvJWRZssIlEF6csczL/',
  ],
  [
    '$HOME "x" \\ ',
    '0',
    '$6$0$LTfNc27u4RkXaPQK/BIdQ0QKWupTtGiYPErSfd.zoWMSjBVQiGfky/UXR2IFHmnLK2JNBxvtupdS6wbbf4tud/',
  ],
])('%j with the salt %j is hashed as by OpenSSL', async (password, salt, hash) => {
  expect(await hashPassword(password, salt, localHost())).toBe(hash);
});
