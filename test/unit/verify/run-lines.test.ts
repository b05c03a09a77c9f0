/** What is told of run lines, from what a guest has noted of them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Guest } from '../../../src/plan/plan.ts';
import { failedLineProbe, lineOf, type NotedLines, runLinesProbe } from '../../../src/verify/run-lines.ts';
import { planOfText } from '../../fakes/plans.ts';
import { seed } from '../../setup/seed.ts';

function guestWith(run: readonly string[]): Guest {
  const [guest] = planOfText('vms: {vm1: }').guests;
  if (guest === undefined) throw new Error('a lab of one has a guest');
  return { ...guest, run };
}

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');

function told(noted: Partial<NotedLines>, run: readonly string[] = ['a', 'b', 'c']): string {
  const all = { begun: '1 2 3', ended: '1:0 2:0 3:0', done: true, over: true, said: '', ...noted };
  const { status, reason } = runLinesProbe(guestWith(run), all);
  return `${status}: ${reason}`;
}

test('one that has failed in a VM that cannot be entered is told by its console', () => {
  const { status, reason } = failedLineProbe(guestWith(['a', 'b', 'c']), {
    number: 2,
    count: 3,
    status: 127,
  });
  expect(`${status}: ${reason}`).toBe(
    'failed: run line 2 (`b`) ended with status 127; not run: run line 3; sudo labnet logs vm1 shows what it said',
  );
});

test.each([
  ['all', {}, 'passed: 3 run lines ended well'],
  [
    'one that was cut, and nothing in it restarts a VM',
    { ended: '2:0 3:0' },
    'skipped: whether all of run line 1 (`a`) was done is not known: the VM restarted meanwhile, or had no room to note how it ended',
  ],
  [
    'the only ones, which could not be noted',
    { ended: '' },
    'skipped: whether all of run line 1 (`a`), run line 2 (`b`), run line 3 (`c`) was done is not known: the VM restarted meanwhile, or had no room to note how it ended',
  ],
  ['none', { begun: '', ended: '' }, 'failed: none of 3 run lines has begun'],
  [
    'one still at work',
    { begun: '1 2', ended: '1:0', done: false, over: false },
    'failed: run line 2 (`b`) has not ended',
  ],
  [
    'one that has ended what runs the lines',
    { begun: '1 2', ended: '1:0', done: false, over: true },
    'failed: run line 2 (`b`) began, and the script that runs the lines was ended before it; not run: run line 3',
  ],
  [
    'a failing one',
    { begun: '1 2', ended: '1:0 2:7' },
    'failed: run line 2 (`b`) ended with status 7; not run: run line 3; sudo labnet logs vm1 shows what it said',
  ],
  [
    'a failing one, with others after it all the same',
    { ended: '1:0 2:7 3:0' },
    'failed: run line 2 (`b`) ended with status 7; sudo labnet logs vm1 shows what it said',
  ],
  [
    'the first of three',
    {
      begun: '1',
      ended: '1:137',
      said: base64('labnet: run line 1 of 3 begins\nlabnet: run line 1 of 3 ended with 137\n'),
    },
    'failed: run line 1 (`a`) ended with status 137 (signal 9); not run: run lines 2 to 3; it said nothing',
  ],
  [
    'the last, with what it said alone',
    {
      ended: '1:0 2:0 3:2',
      said: base64(
        'earlier\nlabnet: run line 3 of 3 begins\r\n\u001b[31mred\u001b[0m\n\nb\u0007ell\nlabnet: run line 3 of 3 ended with 2\nlater\n',
      ),
    },
    'failed: run line 3 (`c`) ended with status 2; it said last:\n    red\n    b\ufffdell',
  ],
])('%s', (_, noted, reason) => {
  expect(told(noted)).toBe(reason);
});

test('a line that prints what looks like labnet’s own signs is told with all that it said', () => {
  const said = [
    'labnet: run line 1 of 3 begins',
    'labnet: run line 1 of 3 ended with 0',
    'labnet: run line 2 of 3 begins',
    'labnet: run line 1 of 3 begins',
    'wanted',
    'labnet: run line 1 of 3 ended with 2',
    'later',
  ].join('\n');
  expect(told({ begun: '1', ended: '1:2', said: base64(said) })).toMatch(
    /it said last:\n +labnet: run line 1 of 3 ended with 0\n +labnet: run line 2 of 3 begins\n +labnet: run line 1 of 3 begins\n +wanted$/,
  );
});

describe('what a line said', () => {
  const failing = (said: string) => told({ begun: '1', ended: '1:1', said: base64(said) }, ['x']);

  test('is bounded, and its end is shown', () => {
    const shown = failing(`${'0123456789\n'.repeat(700)}the end\n`);
    expect(shown.split('\n')).toHaveLength(13);
    expect(shown.endsWith('\n    the end')).toBe(true);
    expect(failing('x'.repeat(8_000)).length).toBeLessThan(1_700);
  });

  test('keeps masked what labnet masks', () => {
    const shown = failing(
      'password: "open sesame"\n-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n',
    );
    expect(shown).not.toMatch(/sesame|MIIE/);
  });

  test(`never brings a control character to the terminal, whatever bytes it is (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const said = Buffer.from(bytes).toString('base64');
        expect(told({ begun: '1', ended: '1:1', said }, ['x'])).not.toMatch(/(?![\n\t])\p{Cc}/u);
      }),
      { seed },
    );
  });
});

describe('a failed line that printed what is no text', () => {
  const noise = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte !== 10));
  const saidOf = (...parts: readonly (string | Buffer)[]) => {
    const all = ['labnet: run line 1 of 1 begins\n', ...parts, 'labnet: run line 1 of 1 ended with 1\n'];
    const said = Buffer.concat(all.map((part) => Buffer.from(part))).toString('base64');
    return told({ begun: '1', ended: '1:1', said }, ['x']);
  };

  test('is shown without it', () => {
    const said = saidOf('cat: a\n', noise, '\n', noise, '\n', 'cat: b: no such file\n');
    expect(said).toBe(
      'failed: run line 1 (`x`) ended with status 1; it said last (2 lines are no text, and left out):\n    cat: a\n    cat: b: no such file',
    );
  });

  test('is told to have said nothing else', () => {
    expect(saidOf(noise, '\n')).toBe(
      'failed: run line 1 (`x`) ended with status 1; of what it said, 1 line is no text',
    );
  });

  test('what a program draws with, and letters of another encoding, are text', () => {
    const drawn = Buffer.from(
      '10%\b\b\b20%\r30%\n\u001b[31mnot found\u001b[0m\nf\xfcr das Verzeichnis\n',
      'latin1',
    );
    const said = saidOf(drawn);
    for (const part of ['30%', 'not found', 'r das Verzeichnis']) expect(said).toContain(part);
    expect(said).not.toContain('no text');
  });
});

test.each([
  ['ls', 'run line 1 (`ls`)'],
  ['ls\nrm', 'run line 1 (`ls…`)'],
  ['x'.repeat(100), `run line 1 (\`${'x'.repeat(80)}…\`)`],
  ['\u001b[2Jls', 'run line 1 (`ls`)'],
  ['echo "password: geheim"', 'run line 1 (`echo "password: *******`)'],
])('the line %j is named', (text, name) => {
  expect(lineOf(guestWith([text]), 1)).toBe(name);
});

test.each([
  'reboot',
  'apt-get update && shutdown -r now',
  'echo b > /proc/sysrq-trigger',
  'systemctl kexec',
  '/sbin/init 6',
])('one that restarts the VM itself: %s', (line) => {
  expect(told({ ended: '2:0 3:0' }, [line, 'b', 'c'])).toBe(
    'passed: 3 run lines ended well; the VM restarted during 1',
  );
});
