import { existsSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { settingFile, settingKey } from '../../../src/observe/setting-file.ts';

test('a setting of an interface with a dot in its name', () => {
  expect(settingFile('net.ipv4.conf.eth0/100.forwarding')).toBe(
    '/proc/sys/net/ipv4/conf/eth0.100/forwarding',
  );
});

test('a file that the kernel has', () => {
  expect(existsSync(settingFile('net.ipv4.conf.lo.forwarding'))).toBe(true);
});

test('key and file name each other', () => {
  const part = fc.stringMatching(/^[a-z0-9/_-]{1,15}$/);
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      const key = parts.join('.');
      expect(settingKey(settingFile(key))).toBe(key);
    }),
  );
});
