import { describe, expect, test } from 'vitest';
import { parseLab } from '../../../src/lab/validate.ts';
import { formatDiagnostics } from '../../../src/report/diagnostic.ts';
import { masked } from '../../../src/text/masked.ts';

const canary = 'Canary-5e7a';

/** Lab files with a mistake on, before or after a secret's own line. */
const mistaken = [
  `vms: {vm1: {password: "${canary}", cpus: 0}}`,
  `vms: {vm1: {cpus: 0, password: ${canary}}}`,
  `vms: {vm1: {password: '${canary}`,
  `vms:\n  vm1:\n    password: "${canary}\u0007"\n`,
  `vms:\n  vm1:\n    password: "${canary}\\u0007"\n`,
  `vms:\n  vm1:\n    password: ${canary}: x\n`,
  `vms:\n  vm1:\n    password: &${canary} x\n`.replace('&', '"" &x '),
  `vms:\n  vm1:\n    password: a, ${canary}: x\n`,
  `vms:\n  vm1:\n    "password" :   ${canary} #\n    cpus: 0\n`,
  `vms:\n  vm1:\n    password: "${canary}" ${canary}\n`,
  `vms:\n  vm1:\n    password: [${canary}]\n`,
  `vms:\n  vm1:\n    password: {${canary}: 1}\n`,
  `vms:\n  vm1:\n    password: |\n      x\n      ${canary}\n\tbad\n`,
  `vms:\n  vm1:\n    password: "one\n      ${canary}\n   two\n  x: "\n`,
  `vms:\n  vm1:\n    files:\n      - {path: /a, content: "${canary}", mode: 1}\n`,
  `vms:\n  vm1:\n    files:\n      - path: /a\n        content: >-\n          ${canary}\u0001\n        mode: 1\n`,
  `vms:\n  vm1:\n    files:\n      - path: /a\n        content: ${canary}\u0001\n`,
  `vms:\n  vm1:\n    cloud_config: {ssh_keys: {rsa_private: "${canary}"}}\n`,
  `vms:\n  vm1:\n    cloud_config: {chpasswd: {}, users: [{hashed_passwd: "${canary}"}]}\n`,
  `vms:\n  vm1:\n    run:\n      - |\n        -----BEGIN OPENSSH PRIVATE KEY-----\n        ${canary}\u0001\n        -----END`,
];

test.each(mistaken)('a mistake does not show a secret: %j', (text) => {
  const parsed = parseLab(text, 'lab.yaml', { sandbox: false });
  if (parsed.ok) throw new Error('this lab file is right');
  expect(parsed.diagnostics.length).toBeGreaterThan(0);
  expect(formatDiagnostics(parsed.diagnostics, text)).not.toContain(canary);
});

describe('masking', () => {
  test('keeps every length, so that a caret stays below its place', () => {
    for (const text of mistaken) {
      expect(
        masked(text)
          .split('\n')
          .map((line) => line.length),
      ).toEqual(text.split('\n').map((line) => line.length));
    }
  });

  test('goes no further than the value', () => {
    expect(masked('vms: {vm1: {password: a b, cpus: 0}}')).toBe('vms: {vm1: {password: * *, cpus: 0}}');
    expect(masked('password: "a\\"b" # note\ncpus: 2')).toBe('password: ****** # note\ncpus: 2');
    const block = '- path: /a\n  content: |\n    one\n\n    two\n  mode: "0600"\n';
    expect(masked(block)).toBe('- path: /a\n  content: *\n    ***\n\n    ***\n  mode: "0600"\n');
    expect(masked('a:\n  password:\n  cpus: 2\n')).toBe('a:\n  password:\n  cpus: 2\n');
    expect(masked('a:\n  password:\n    x\n  cpus: 2')).toBe('a:\n  password:\n    *\n  cpus: 2');
  });

  test('takes passable time for the largest lab file', () => {
    for (const piece of [
      'password: "',
      "content: '",
      'content: |\n',
      '{password: ',
      '-----BEGIN PRIVATE KEY-----',
      'a',
      'a_private',
      '\\',
      '\n  ',
    ]) {
      const text = piece.repeat(2 ** 20 / piece.length);
      const started = performance.now();
      expect(masked(text)).toHaveLength(text.length);
      expect(performance.now() - started).toBeLessThan(5_000);
    }
  });

  test('leaves what is no secret alone', () => {
    const text = 'name: lab\nvms:\n  vm1:\n    run: [passwd -l root]\n    address: 192.168.6.1\n';
    expect(masked(text)).toBe(text);
  });
});
