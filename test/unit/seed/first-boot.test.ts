/** The script of a first boot, run here: what cloud-init would have written lies in a directory of the test's own. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstBootFiles } from '../../../src/seed/first-boot.ts';
import { seed } from '../../setup/seed.ts';
import { refusedTexts, seedInput } from './seed-input.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-first-boot-'));
  mkdirSync(join(directory, 'bin'));
  systemctl('echo ActiveState=inactive');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const at = (name: string) => join(directory, name);
const noted = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8').trim() : '');

/** What stands in the place of systemd. */
function systemctl(script: string): void {
  writeFileSync(at('bin/systemctl'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Lays the files of a VM's first boot. @returns the script's path */
function lay(run: readonly string[]): string {
  const files = firstBootFiles(seedInput({ run }).vm);
  for (const { path, content, permissions } of files) {
    const place = at(path.split('/').at(-1) ?? '');
    const text = content
      .replaceAll('/var/lib/labnet', directory)
      .replaceAll('/var/log/cloud-init-output.log', at('log'))
      .replaceAll('/run/systemd', at('systemd'));
    writeFileSync(place, text);
    chmodSync(place, Number.parseInt(permissions, 8));
  }
  return at('labnet-first-boot');
}

interface Boot {
  readonly status: number | null;
  readonly said: string;
  readonly ms: number;
}

/** Runs it as cloud-init does, with its output in the log. */
function boot(script: string, shell = '/bin/sh', timeout = 60_000): Boot {
  const started = performance.now();
  const line = `exec ${shell} ${script} >> ${at('log')} 2>&1 < /dev/null`;
  const env = { PATH: `${at('bin')}:${process.env.PATH}` };
  const { status } = spawnSync('/bin/sh', ['-c', line], { env, cwd: directory, timeout });
  return { status, said: readFileSync(at('log'), 'latin1'), ms: performance.now() - started };
}

/** The shells that are /bin/sh somewhere. */
const shells = ['/bin/dash', '/bin/bash', '/bin/bash --posix'];

describe.each(shells)('%s', (shell) => {
  it('runs each line in a shell of its own, whatever the others do', () => {
    const seen = at('seen');
    const script = lay([
      'exit 0',
      'cd /tmp; other=1; set -eu; alias ls=false',
      `echo "$HOME $PWD \${other-unset} $-" > ${seen}`,
      `cat > ${at('here')} <<'END'\nnever ended`,
      '# "only a comment',
      `printf '%s' no newline`,
      'exec true',
      `trap '' TERM; echo >> ${seen}`,
      `echo "it's \\"quoted\\" $(echo {{x}})" >> ${seen}`,
      'true &\nwait',
    ]);
    expect(boot(script, shell).status).toBe(0);
    expect(noted('ended').split('\n')).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((number) => `${number} 0`),
    );
    expect(noted('seen')).toMatch(/^\/root \/ unset \w*\n\nit's "quoted" \{\{x\}\}$/);
    expect(noted('here')).toBe('never ended');
    expect(existsSync(at('done'))).toBe(true);
    expect(existsSync(at('said'))).toBe(false);
  });

  it.each([
    ['ls /nonexistent', /^[12]$/, 'nonexistent'],
    ['set -euo pipefail -o no-such-option', /^[12]$/, 'line-2'],
    ['echo "never closed', /^[12]$/, 'line-2'],
    ['no-such-command', /^127$/, 'no-such-command'],
    ['kill -KILL $$', /^137$/, ''],
    ['exit 300', /^44$/, ''],
    ['false; true; exit 9', /^9$/, ''],
    ["printf 'the last words'; exit 5", /^5$/, 'the last words'],
    ["head -c 100000 /dev/urandom; echo; printf '\\377\\000\\033[2J'; exit 6", /^6$/, '\u001b[2J'],
    ['yes 0123456789abcde | head -c 1048576; echo at the end >&2; exit 7', /^7$/, 'at the end'],
  ])('%j fails, and is the last', (line, status, said) => {
    const script = lay(['true', line, `touch ${at('never')}`]);
    boot(script, shell);
    const [first, second, ...more] = noted('ended').split('\n');
    expect([first, more]).toEqual(['1 0', []]);
    expect(second?.split(' ')[1]).toMatch(status);
    expect(existsSync(at('never'))).toBe(false);
    const kept = readFileSync(at('said'), 'latin1');
    expect(kept).toContain(said);
    expect(kept.trimEnd()).toMatch(/labnet: run line 2 of 3 ended with \d+$/);
    expect(kept.length).toBeLessThanOrEqual(8192);
    expect(lstatSync(at('said')).mode & 0o777).toBe(0o600);
    // Nothing more at any later boot.
    boot(script, shell);
    expect(noted('begun')).toBe('1\n2');
  });
});

it('what a line leaves behind it neither holds the others up nor ends with it', () => {
  const script = lay([
    `sleep 300 & echo $! > ${at('pid')}`,
    `(sleep 1; echo later) & true`,
    `kill -0 $(cat ${at('pid')}) && touch ${at('lives')}`,
  ]);
  expect(boot(script).ms).toBeLessThan(30_000);
  process.kill(Number(noted('pid')));
  expect(noted('ended')).toBe('1 0\n2 0\n3 0');
  expect(existsSync(at('lives'))).toBe(true);
});

it('a line that failed just before the power went is the last all the same', () => {
  const script = lay(['true', 'false', `touch ${at('never')}`]);
  writeFileSync(at('begun'), '1\n2\n');
  writeFileSync(at('ended'), '1 0\n2 1\n');
  boot(script);
  expect([noted('begun'), existsSync(at('never')), existsSync(at('done'))]).toEqual(['1\n2', false, true]);
});

it('a line that reads finds the end at once', () => {
  boot(lay(['cat; read -r x || true', 'true']));
  expect(noted('ended')).toBe('1 0\n2 0');
});

describe('a line that restarts the VM', () => {
  it.each(['ActiveState=active', 'Job=117\nActiveState=inactive'])(
    'with %j: the rest waits for the next boot',
    (state) => {
      const script = lay(['true', `touch ${at('going')}`, `touch ${at('after')}`]);
      // It says so once: near the end of a shutdown systemd answers no more.
      const told = at('told');
      systemctl(
        `[ -e ${at('going')} ] || exec echo ActiveState=inactive\n[ ! -e ${told} ] || exit 1\necho '${state}'; touch ${told}`,
      );
      expect(boot(script, '/bin/sh', 4_000).status).toBe(null);
      expect([noted('ended'), existsSync(at('after')), existsSync(at('done'))]).toEqual([
        '1 0\n2 0',
        false,
        false,
      ]);
      systemctl('echo ActiveState=inactive');
      boot(script);
      expect([noted('begun'), noted('ended'), existsSync(at('after'))]).toEqual([
        '1\n2\n3',
        '1 0\n2 0\n3 0',
        true,
      ]);
    },
  );

  it.each([
    [300, true],
    [3600, false],
  ])('planned in %i s: waited for %s', (seconds, waits) => {
    mkdirSync(at('systemd/shutdown'), { recursive: true });
    const due = Math.round(Date.now() / 1000) + seconds;
    const script = lay(['true', `touch ${at('after')}`]);
    writeFileSync(at('systemd/shutdown/scheduled'), `USEC=${due}000000\nWARN_WALL=1\nMODE=reboot\n`);
    boot(script, '/bin/sh', 4_000);
    expect(existsSync(at('after'))).toBe(!waits);
    // It has been taken back.
    rmSync(at('systemd/shutdown/scheduled'));
    boot(script);
    expect(existsSync(at('after'))).toBe(true);
  });

  it('which has been asked for before the first: none begins', () => {
    const script = lay(['true']);
    systemctl('echo Job=1');
    expect(boot(script, '/bin/sh', 2_000).status).toBe(null);
    expect(noted('begun')).toBe('');
  });

  it('which logind holds up for a program', () => {
    mkdirSync(at('systemd/inhibit'), { recursive: true });
    writeFileSync(at('systemd/inhibit/1'), '');
    const asked = `[ -e ${at('going')} ] && echo b true || echo b false`;
    writeFileSync(at('bin/busctl'), `#!/bin/sh\n${asked}\n`, { mode: 0o755 });
    boot(lay([`touch ${at('going')}`, `touch ${at('after')}`]), '/bin/sh', 3_000);
    expect(noted('ended')).toBe('1 0');
    expect(existsSync(at('after'))).toBe(false);
  });

  it('without a word, as a reset does: it is not run again', () => {
    const script = lay([`echo once >> ${at('count')}; kill -KILL $PPID`, `touch ${at('after')}`]);
    boot(script);
    expect([noted('begun'), noted('ended')]).toEqual(['1', '']);
    boot(script);
    expect([noted('begun'), noted('ended'), noted('count')]).toEqual(['1\n2', '2 0', 'once']);
    expect(existsSync(at('done'))).toBe(true);
  });
});

it(`any lines: as many run as do not fail, and one more (seed ${seed})`, () => {
  const line = fc.record({
    status: fc.constantFrom(0, 0, 0, 1, 255),
    text: fc.constantFrom('', '"', "'", 'x\n', '$(', 'é'),
  });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (lines) => {
      for (const name of ['begun', 'ended', 'done', 'log']) rmSync(at(name), { force: true });
      for (let number = 1; number <= 6; number += 1) rmSync(at(`line-${number}`), { force: true });
      // What comes after an exit is never read, be it as broken as it may.
      boot(lay(lines.map(({ status, text }) => `echo ${status}\nexit ${status}\n${text}`)));
      const failing = lines.findIndex(({ status }) => status !== 0);
      const expected = failing < 0 ? lines : lines.slice(0, failing + 1);
      expect(noted('ended')).toBe(expected.map(({ status }, index) => `${index + 1} ${status}`).join('\n'));
    }),
    { seed, numRuns: 20 },
  );
});

describe('files in the user’s home', () => {
  const home = '/home/student';
  const chowned = () => noted('chowned').split('\n').filter(Boolean);

  /** A home in the test's directory, in which root has made what the files need; its paths as the script sees them. */
  function layHome(paths: readonly string[]): void {
    const files = paths.map((path) => ({ path, content: '', mode: '0644' }));
    const made = firstBootFiles(seedInput({ files }).vm);
    for (const { path, content } of made) {
      const text = content.replaceAll('/var/lib/labnet', directory).replaceAll('/home/', at('home/'));
      writeFileSync(at(path.split('/').at(-1) ?? ''), text, { mode: 0o755 });
    }
    writeFileSync(at('bin/chown'), `#!/bin/sh\necho "$@" >> ${at('chowned')}\n`, { mode: 0o755 });
    writeFileSync(at('log'), '');
  }

  const makeFor = (path: string) => mkdirSync(dirname(at(path.slice(1))), { recursive: true });

  it('below new directories: each of them becomes the user’s, and nothing else', () => {
    const paths = [`${home}/.config/app/a.ini`, `${home}/my files/it's/b`, `${home}/c`, '/srv/d/e'];
    for (const path of paths) makeFor(path);
    layHome(paths);
    boot(at('labnet-first-boot'));
    const names = ['.config', '.config/app', 'my files', "my files/it's"];
    expect(chowned()).toEqual(names.map((name) => `student: ${at(`home/student/${name}`)}`));
    boot(at('labnet-first-boot'));
    expect(chowned()).toHaveLength(4);
  });

  it('a link on the way leads nowhere', () => {
    mkdirSync(at('elsewhere/deep'), { recursive: true });
    mkdirSync(at('home/student'), { recursive: true });
    symlinkSync(at('elsewhere'), at('home/student/link'));
    layHome([`${home}/link/deep/a`]);
    boot(at('labnet-first-boot'));
    expect(chowned()).toEqual([]);
  });
});

it('there is nothing to do without lines and without directories to own', () => {
  const files = (path: string) => [{ path, content: '', mode: '0644' }];
  expect(firstBootFiles(seedInput().vm)).toEqual([]);
  expect(firstBootFiles(seedInput({ files: files('/home/student/a') }).vm)).toEqual([]);
  expect(firstBootFiles(seedInput({ files: files('/home/students/a/b') }).vm)).toEqual([]);
});

it.each(refusedTexts)('a line with %j is refused', (text) => {
  expect(() => firstBootFiles(seedInput({ run: ['true', text] }).vm)).toThrow('run of vm1 has the ');
});
