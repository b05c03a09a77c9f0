/** A check as a line of the shell: whatever its texts are, the guest's interpreter gets them as they were written. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Check } from '../../../src/checks/check.ts';
import { checkLine, wantsPython } from '../../../src/checks/words.ts';

const from = { id: 'it', from: 'a' };
const vm = { id: 'it', vm: 'a' };

test.each<[Check, string]>([
  [{ ...from, ping: 'b' }, 'check it 0 ping b'],
  [{ ...from, within: 1.2, port: 'db:5432' }, 'check it 4 port db 5432'],
  [{ ...from, http: { url: 'http://web/', status: 404 } }, "check it 0 http http://web/ 404 ''"],
  [{ ...from, dns: { name: 'b', type: 'A' } }, "check it 0 dns b A ''"],
  [{ ...vm, dns: { type: 'A', servers: [] } }, "check it 0 servers ''"],
  [{ ...vm, route: { to: 'default', dev: 'eth0' } }, 'check it 0 route default 0.0.0.0 eth0'],
  [
    { ...vm, address: { dev: 'eth0', is: ['10.0.0.1/8', '10.0.0.2/8'] } },
    "check it 0 address eth0 '10.0.0.1/8 10.0.0.2/8'",
  ],
  [{ ...vm, file: { '/x': { exists: false } } }, "check it 0 file /x absent ''"],
  [
    { ...vm, file: { '/x': { exists: true, mode: '0644', contains: ['a b'] } } },
    "check it 0 file /x mode 0644 contains 'a b'",
  ],
  [
    { ...vm, service: { x: { running: true, enabled: false } } },
    'check it 0 service x running yes enabled no',
  ],
  [{ ...vm, 'kernel-param': { 'kernel.hostname': 'vm1' } }, 'check it 0 kernel_param kernel.hostname vm1'],
])('%j', (check, line) => {
  expect(checkLine(check, 3)).toBe(line);
});

test.each<[Check, boolean]>([
  [{ ...from, http: { url: 'http://web/', status: 200 } }, true],
  [{ ...from, dns: { name: 'b', type: 'A' } }, false],
  [{ ...from, dns: { name: 'b', type: 'MX' } }, true],
  [{ ...from, dns: { name: 'b', type: 'A', server: '10.0.0.1' } }, true],
  [{ ...from, dns: { type: 'A', servers: [] } }, false],
])('%j: Python %s', (check, wanted) => {
  expect(wantsPython(check)).toBe(wanted);
});

test('any text comes through a shell, and through the stand-in guest, unchanged', () => {
  const text = fc
    .string({ unit: 'grapheme', maxLength: 30 })
    .map((one) => one.replaceAll('\0', '').replaceAll('\n', ''));
  const split = new URL('../../stand-in/', import.meta.url).pathname;
  const program = `import sys; sys.path.insert(0, ${JSON.stringify(split)}); import probes
for line in sys.stdin.read().split("\\n")[:-1]: print("|".join(probes.split(line)))`;
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 20 }), (texts) => {
      const lines = texts.map(([run, stdout]) => checkLine({ ...vm, command: { run, exit: 0, stdout } }, 1));
      const told = texts.map(([run, stdout]) => `it|0|command|${run}|0|${stdout}\n`).join('');
      const input = lines.map((line) => `${line}\n`).join('');
      const shell = `check() { IFS='|'; printf '%s\\n' "$*"; }\n${input}`;
      expect(execFileSync('sh', ['-s'], { input: shell }).toString()).toBe(told);
      const stand = execFileSync('python3', ['-c', program], {
        input,
        env: { ...process.env, PYTHONUTF8: '1' },
      });
      expect(stand.toString()).toBe(told.replaceAll(/^it/gm, 'check|it'));
    }),
    { numRuns: 10 },
  );
});
