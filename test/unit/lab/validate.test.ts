import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLab } from '../../../src/lab/validate.ts';
import { badLabs } from './bad-labs.ts';

const diagnostics = (text: string) => {
  const parsed = parseLab(text, 'lab.yaml', { sandbox: false });
  return parsed.ok ? [] : parsed.diagnostics;
};

const told = (text: string) =>
  diagnostics(text).map(({ position, message }) => `${position.line}:${position.column} ${message}`);

describe('one mistake', () => {
  test.each(badLabs)('$about', ({ text, at, says, hint = '' }) => {
    const [first, ...others] = diagnostics(text);
    expect(first?.position.file).toBe('lab.yaml');
    expect(`${first?.position.line}:${first?.position.column}`).toBe(at);
    expect(first?.message).toContain(says);
    expect(first?.hint ?? '').toContain(hint);
    expect(others).toEqual([]);
  });
});

test.each(['"0755.5"', '0755.5', 'rw', '0999', '5000'])(
  'nobody is told to write in quotes what quotes do not mend: permissions: %s',
  (mode) => {
    const file = (permissions: string) =>
      diagnostics(`vms: {a: {cloud_config: {write_files: [{path: /a, permissions: ${permissions}}]}}}\n`);
    const [{ hint = '' } = {}] = file(mode);
    for (const [proposed] of hint.matchAll(/"\d+"/g)) expect(file(proposed)).toEqual([]);
    expect(hint.includes('quotes')).toBe(mode === '5000');
  },
);

describe('several mistakes', () => {
  test('are told at once, from top to bottom, whatever kind they are', () => {
    const text = [
      'nam: lab',
      'networks: [{name: br0, nat: perhaps}]',
      'vms:',
      '  vm1: {cpus: many, mac: "02:00:00:00:00:01"}',
      '  vm2: {mac: "02:00:00:00:00:01", cloud_config: {users: []}}',
      '  Vm3: {}',
      '  vm4: {files: [{path: /etc/hosts, content: x}], packages: [A]}',
    ].join('\n');
    expect(told(text)).toEqual([
      '1:1 unknown key "nam"',
      '2:29 "nat" must be true or false',
      '4:15 "cpus" must be a number',
      '5:14 02:00:00:00:00:01 is the MAC address of vm1 already',
      '5:50 cloud_config may not set "users"',
      '6:3 the name must be 1 to 20 of a-z, 0-9 and dashes, starting with a letter and not ending with a dash',
      '7:24 /etc/hosts is written by labnet',
      '7:61 "packages" must be the name of a Debian package',
    ]);
  });

  test('of a VM: its two unknown keys, each where it stands', () => {
    expect(told('vms:\n  vm1:\n    adress: 192.168.6.1\n    cpu: 1\n')).toEqual([
      '3:5 unknown key "adress"',
      '4:5 unknown key "cpu"',
    ]);
  });

  test('do not make others of what is right', () => {
    const wrongNetwork = 'networks: [{address: 10.0.0.300/24}]\nvms: {vm1: {address: 10.0.0.1}}\n';
    expect(told(wrongNetwork)).toHaveLength(1);
    const misspelt = 'networks: [{adress: 10.0.0.1/24}]\nvms: {vm1: {address: 10.0.0.2}}\n';
    expect(told(misspelt)).toHaveLength(1);
    const wrongBridge = 'networks: [{name: Br0, taps: br, mtu: 1}]\nvms: {vm1: {address: 10.0.0.2}}\n';
    expect(told(wrongBridge)).toHaveLength(3);
    const wrongName = 'vms:\n  vm1: {hostname: "No!"}\n  vm2: {hostname: vm1}\n';
    expect(told(wrongName)).toHaveLength(1);
    const wrongFile =
      'vms:\n  a: {files: [{content: x}], mac: "02:00:00:00:00:01"}\n  b: {mac: "02:00:00:00:00:01"}\n';
    expect(told(wrongFile)).toEqual([
      '2:15 "path" is missing',
      '3:12 02:00:00:00:00:01 is the MAC address of a already',
    ]);
  });

  test('in the form are told before any in the content', () => {
    expect(told('name: &a lab\nimage: *a\nwrong: 1\n')).toEqual([
      '1:10 anchors (&a) are not supported: write the value out',
      '2:8 aliases (*a) are not supported: write the value out',
    ]);
  });
});

describe('a file made to do harm', () => {
  test('a billion laughs', () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [i, name] of ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].entries()) {
      const before = String.fromCharCode(97 + i);
      lines.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`);
    }
    const found = told(lines.join('\n'));
    expect(found).toHaveLength(9 + 8 * 9);
    expect(found.every((line) => /anchors|aliases/.test(line))).toBe(true);
  });

  test.each([
    ['open lists', `a: ${'['.repeat(30_000)}`],
    ['closed lists', `a: ${'['.repeat(3000)}${']'.repeat(3000)}`],
    ['maps', '{a: '.repeat(10_000)],
    ['dashes', '- '.repeat(20_000)],
    ['question marks', '? '.repeat(20_000)],
    ['indentation', Array.from({ length: 500 }, (_, index) => `${' '.repeat(index)}a:`).join('\n')],
  ])('%s in one another', (_, text) => {
    expect(told(text)).toEqual([expect.stringContaining('nested more than 60 deep')]);
  });

  test('nesting that a cloud-config may have is allowed', () => {
    const text = `vms: {vm1: {cloud_config: {a: ${'['.repeat(40)}${']'.repeat(40)}}}}`;
    expect(told(text)).toEqual([]);
  });

  test('many keys are compared in passable time', () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => `  v${index}:`).join('\n');
    expect(told(`vms:\n${keys}\n  v7:\n`)).toEqual(['10002:3 this key stands here already']);
  });

  test.each([
    ['open lists', '['.repeat(1_000_000)],
    ['aliases', `a: [${'*a,'.repeat(300_000)}]`],
    ['anchors', `a: ${'&a '.repeat(300_000)}`],
    ['tags', `a: ${'!a '.repeat(300_000)}`],
    ['commas', `a: [${','.repeat(1_000_000)}`],
    ['directives', '%a\n'.repeat(340_000)],
    ['unknown keys', Array.from({ length: 80_000 }, (_, index) => `k${index}: 1`).join('\n')],
    ['unknown keys of VMs', `vms:\n${'  v: {x: 1}\n'.repeat(60_000)}`],
    ['mistakes in a list', `vms: {a: {run: [${'5,'.repeat(400_000)}]}}`],
  ])('a MiB of %s is given up at once', (_, text) => {
    expect(told(text)).toEqual(['1:1 more than 60000 words and marks: no lab file has so many']);
  });

  test('a full lab is not too much', () => {
    const lines = ['vms:'];
    for (let index = 1; index <= 100; index += 1) {
      lines.push(`  vm${index}:`, '    files:');
      for (let file = 0; file < 10; file += 1)
        lines.push(`      - path: /srv/${file}`, '        content: |', '          one', '          two');
      lines.push('    run:', ...Array(20).fill('      - systemctl restart nginx'));
    }
    expect(told(lines.join('\n'))).toEqual([]);
  });

  test('of very many mistakes the first hundred are told, and how many follow', () => {
    const found = told(`vms: {vm1: {run: [${Array(3000).fill('5').join(', ')}]}}`);
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toContain('and from here on 2900 more');
  });

  test('more than 1 MiB is not even parsed; bytes count, not characters', () => {
    const filled = (bytes: number) => `vms: {vm1: }\n#${' '.repeat(bytes - 14)}`;
    expect(told(filled(1024 ** 2))).toEqual([]);
    expect(told(filled(1024 ** 2 + 1))).toEqual(['1:1 too large for a lab file: 1 MiB at most']);
    expect(told(`#${'ü'.repeat(600_000)}`)).toEqual(['1:1 too large for a lab file: 1 MiB at most']);
  });

  test('whatever the text, parseLab answers, and every place lies in it', () => {
    const piece = fc.constantFrom(
      ...[
        'vms',
        'vm1',
        ':',
        ' ',
        '\n',
        '  ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '"',
        "'",
        '#',
        '&a',
        '*a',
        '!t',
        '|',
        '>',
      ],
      ...[
        '<<',
        '?',
        '%',
        '@',
        '`',
        '~',
        '\t',
        '\r\n',
        '0x1f',
        'networks',
        'address',
        '192.168.6.1/24',
        'null',
        '\uFEFF',
      ],
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (source) => {
        const lines = source.replace(/^\uFEFF/, '').split('\n');
        for (const { position, length = 1 } of diagnostics(source)) {
          expect(lines[position.line - 1]).toBeDefined();
          expect(position.column).toBeGreaterThanOrEqual(1);
          expect(position.column).toBeLessThanOrEqual((lines[position.line - 1] ?? '').length + 1);
          expect(length).toBeGreaterThanOrEqual(1);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what editors make of a file', () => {
  const lab = (text: string) => {
    const parsed = parseLab(text, 'lab.yaml', { sandbox: true });
    return parsed.ok ? parsed.lab : parsed.diagnostics;
  };
  const plain = 'name: a\nvms:\n  vm1:\n    run:\n    - |\n      one\n      two\n';

  test('a mark of byte order and other line ends change nothing', () => {
    expect(lab(`\uFEFF${plain}`)).toEqual(lab(plain));
    expect(lab(plain.replaceAll('\n', '\r\n'))).toEqual(lab(plain));
  });

  test('a mark of byte order moves no column', () => {
    expect(told('\uFEFFnam: a\nvms: {vm1: }\n')).toEqual(['1:1 unknown key "nam"']);
  });

  test('JSON is YAML', () => {
    expect(lab('{"name": "a", "vms": {"vm1": {"run": ["one\\ntwo\\n"]}}}')).toEqual(lab(plain));
  });

  test('sandbox is the caller’s, not the file’s', () => {
    expect(lab(plain)).toMatchObject({ sandbox: true });
    expect(told('sandbox: true\nvms: {vm1: }\n')).toEqual(['1:1 unknown key "sandbox"']);
  });
});
