import { expect, test } from 'vitest';
import { ConsoleLogin } from '../../../src/qemu/console-login.ts';

test('name and password are typed once each', () => {
  const login = new ConsoleLogin('student', 'secret');
  expect(login.answer('vm1 login: ')).toBe('student');
  expect(login.answer('Password: ')).toBe('secret');
  expect(login.answer('Login incorrect\nvm1 login: ')).toBeUndefined();
});

test('a password that nobody has told is left to the person', () => {
  const login = new ConsoleLogin('student', undefined);
  expect(login.answer('vm1 login: ')).toBe('student');
  expect(login.answer('Password: ')).toBeUndefined();
});

test('where a shell waits, nothing is typed', () => {
  const login = new ConsoleLogin('student', 'secret');
  expect(login.answer('student@vm1:~$ ')).toBeUndefined();
  expect(login.answer('vm1 login: ')).toBeUndefined();
});
