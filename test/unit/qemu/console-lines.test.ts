import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BootProgress, readySign } from '../../../src/qemu/boot-progress.ts';
import { ConsoleLines, longestLine } from '../../../src/qemu/console-lines.ts';

test('lines come whole, however the text is cut', () => {
  const text = fc.array(fc.constantFrom('a', 'bc', '\n', '\r\n', '…'), { maxLength: 200 });
  fc.assert(
    fc.property(text, (pieces) => {
      const lines = new ConsoleLines();
      const seen = pieces.flatMap((piece) => lines.feed(piece));
      expect([...seen, lines.unended()]).toEqual(pieces.join('').split('\n'));
    }),
  );
});

test('of a line that is too long the end is kept', () => {
  const lines = new ConsoleLines();
  const text = `${'x'.repeat(100_000)}the end`;
  for (let at = 0; at < text.length; at += 1_000) expect(lines.feed(text.slice(at, at + 1_000))).toEqual([]);
  const [line = ''] = lines.feed('\n');
  expect(line).toHaveLength(longestLine);
  expect(line).toMatch(/^…x+the end$/);
});

/** Milliseconds of processor time to follow a boot of so many mebibytes that ends no line. */
function timeOf(mebibytes: number, piece: string): number {
  const progress = new BootProgress(readySign('id'));
  const from = process.cpuUsage();
  for (let fed = 0; fed < mebibytes * 1024 ** 2; fed += piece.length) progress.feed(piece);
  const { user, system } = process.cpuUsage(from);
  expect(progress.feed('\nlabnet-ready id\n')).toContain('ready');
  return (user + system) / 1000;
}

test('a boot without line ends is followed in time that grows with its text alone', () => {
  const piece = 'x'.repeat(65_536);
  timeOf(4, piece);
  // Quadratic, sixteen times as much would take 256 times as long; measured before: 15 MiB held up everything for seconds.
  expect(timeOf(64, piece)).toBeLessThan(64 * Math.max(timeOf(4, piece), 2));
});

test('the mark of readiness is found behind a line of any length', () => {
  const progress = new BootProgress(readySign('id'));
  progress.feed('x'.repeat(longestLine * 3));
  progress.feed('labnet-re');
  expect(progress.feed('ady id\r\n')).toContain('ready');
});
