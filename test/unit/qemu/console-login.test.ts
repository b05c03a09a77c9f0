import { expect, test } from 'vitest';
import { ConsoleLogin } from '../../../src/qemu/console-login.ts';

const login = (password: string | undefined = 'secret') => new ConsoleLogin('vm1', 'student', password);

test('name and password are typed once each', () => {
  const one = login();
  expect(one.answer('\r\nDebian GNU/Linux 12 vm1 ttyS0\r\n\r\nvm1 login: ')).toBe('student');
  expect(one.answer('student\r\n')).toBeUndefined();
  expect(one.answer('Pass')).toBeUndefined();
  expect(one.answer('word: ')).toBe('secret');
  expect(one.answer('\r\nLogin incorrect\r\nvm1 login: ')).toBeUndefined();
  expect(one.answer('student\r\nPassword: ')).toBeUndefined();
});

test('a password that nobody has told, or that labnet may not type, is left to the person', () => {
  const one = new ConsoleLogin('vm1', 'student', undefined);
  expect(one.answer('vm1 login: ')).toBe('student');
  expect(one.answer('student\r\nPassword: ')).toBeUndefined();
});

test('where a shell waits, nothing is typed', () => {
  const one = login();
  expect(one.answer('student@vm1:~$ ')).toBeUndefined();
  expect(one.answer('\r\nvm1 login: ')).toBeUndefined();
});

test.each([
  'login: ',
  'other login: ',
  'type your password at this login: ',
  'evil-vm1 login: ',
  'vm1 login: hint: ',
  'Password: ',
])('%j is no prompt of the host’s getty: nothing is typed', (text) => {
  expect(login().answer(text)).toBeUndefined();
});

test.each([
  'student\r\nlast login: today\r\nPassword: ',
  'student\r\n[sudo] password: ',
  'student\r\nLogin incorrect\r\nPassword: ',
  'root\r\nPassword: ',
])('after the name, %j is asked by something else: no password', (text) => {
  const one = login();
  expect(one.answer('vm1 login: ')).toBe('student');
  expect(one.answer(text)).toBeUndefined();
  expect(one.answer('\r\nPassword: ')).toBeUndefined();
});
