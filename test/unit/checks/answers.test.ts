/** What a guest prints is anything: what is read of it is short, finite, and one answer to each question. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAnswers, said } from '../../../src/checks/answers.ts';

const one = (text: string) => readAnswers(text, ['route']).get('route');

test('an answer is read as it is printed', () => {
  expect(one('clock\tpassed\t0\t1.5\nroute\tpassed\t120\t10.0.0.1\nthe end\n')).toEqual({
    status: 'passed',
    ms: 120,
    reason: '10.0.0.1',
    seen: '10.0.0.1',
  });
});

test.each([
  ['missing', 'hostname\tpassed\t1\tvm1\n', 'no answer'],
  ['given twice', 'route\tfailed\t1\tx\nroute\tpassed\t1\tx\n', 'no answer: more than one was given'],
  ['of another status', 'route\tfine\t1\tx\n', 'no answer that can be read'],
  ['too short', 'route\tpassed\t1\n', 'no answer that can be read'],
  ['too long', 'route\tpassed\t1\tx\ty\n', 'no answer that can be read'],
  ['of no time', 'route\tpassed\tNaN\tx\n', 'no answer that can be read'],
  ['of endless time', 'route\tpassed\tInfinity\tx\n', 'no answer that can be read'],
  ['of a negative time', 'route\tpassed\t-1\tx\n', 'no answer that can be read'],
  ['of a time beyond numbers', `route\tpassed\t${'9'.repeat(400)}\tx\n`, 'no answer that can be read'],
])('one that is %s is a failure', (_, text, reason) => {
  expect(one(text)).toEqual({ status: 'failed', ms: 0, reason, seen: '' });
});

test('a reason is cut, and does nothing to a terminal', () => {
  const { reason = '' } = one(`route\tpassed\t1\t${'a'.repeat(100_000)}`) ?? {};
  expect(reason).toHaveLength(300);
  expect(said('\u001b]0;x\u0007 \u009b2J \u202e\u2028 é')).toBe('\uFFFD]0;x\uFFFD \uFFFD2J \uFFFD\uFFFD é');
});

test('of a program that ends its line, the end is no part of what it said', () => {
  expect(said('\tits eth0 is down\r\n')).toBe('its eth0 is down');
});

test('whatever is printed, each question has one answer, of known size', () => {
  const word = fc.oneof(
    fc.constantFrom('route', 'cpus', 'passed', 'failed', '1', '1e9'),
    fc.string({ unit: 'binary' }),
  );
  const line = fc.array(word, { maxLength: 6 }).map((words) => words.join('\t'));
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const answers = readAnswers(lines.join('\n'), ['route', 'cpus']);
      expect([...answers.keys()]).toEqual(['route', 'cpus']);
      for (const { ms, reason, seen } of answers.values()) {
        expect(Number.isInteger(ms) && ms >= 0 && ms < 1e9).toBe(true);
        expect(reason.length).toBeLessThanOrEqual(300);
        expect(seen.length).toBeLessThanOrEqual(16_384);
        expect(reason).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      }
    }),
  );
});
