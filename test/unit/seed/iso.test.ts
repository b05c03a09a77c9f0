import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Action } from '../../../src/action/action.ts';
import { isoActions } from '../../../src/seed/iso.ts';

const files = {
  userData: '#cloud-config\na: é\n',
  metaData: 'instance-id: "x"\n',
  networkConfig: 'version: 1\n',
};
const self = process.getuid?.() ?? 0;

/** Does the few kinds of action that make an image, in a time zone of its own. */
function perform(actions: readonly Action[], zone = 'UTC'): void {
  for (const action of actions) {
    if (action.do === 'make-directory') mkdirSync(action.path, { mode: action.mode });
    else if (action.do === 'write-file') writeFileSync(action.path, action.content, { mode: action.mode });
    else if (action.do === 'remove') rmSync(action.path, { recursive: true });
    else if (action.do === 'run') run(action.argv, { ...process.env, TZ: zone });
    else throw new Error(`unexpected action: ${action.do}`);
  }
}

function run([program = '', ...args]: readonly string[], env = process.env): string {
  return execFileSync(program, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] });
}

describe('isoActions', () => {
  it('makes the image private before it fills it, and leaves no sources', () => {
    const actions = isoActions({ sources: '/l/seed', iso: '/l/seed.iso', uid: 7001 }, files, 1_700_000_000);
    expect(actions).toEqual([
      { do: 'make-directory', path: '/l/seed', mode: 0o700 },
      { do: 'write-file', path: '/l/seed/user-data', content: files.userData, mode: 0o600 },
      { do: 'write-file', path: '/l/seed/meta-data', content: files.metaData, mode: 0o600 },
      { do: 'write-file', path: '/l/seed/network-config', content: files.networkConfig, mode: 0o600 },
      { do: 'write-file', path: '/l/seed.iso', content: '', mode: 0o600, uid: 7001 },
      {
        do: 'run',
        argv: [
          ...['xorriso', '-as', 'mkisofs', '-quiet', '-o', '/l/seed.iso', '-V', 'cidata', '-J', '-R'],
          ...[
            '-uid',
            '0',
            '-gid',
            '0',
            '--modification-date=2023111422132000',
            '--set_all_file_dates',
            '=1700000000',
          ],
          '/l/seed',
        ],
        makes: ['/l/seed.iso'],
      },
      { do: 'remove', path: '/l/seed' },
    ]);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 32])('refuses the date %d', (date) => {
    expect(() => isoActions({ sources: '/s', iso: '/i', uid: 0 }, files, date)).toThrow(
      'SOURCE_DATE_EPOCH must be',
    );
  });
});

describe('the image', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'labnet-iso-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  function build(name: string, date: number, zone?: string): string {
    const iso = join(directory, `${name}.iso`);
    perform(isoActions({ sources: join(directory, name), iso, uid: self }, files, date), zone);
    return iso;
  }

  it('has the volume name and the files that cloud-init looks for', () => {
    const iso = build('a', 1_700_000_000);
    expect(readFileSync(iso).toString('latin1', 32808, 32840).trim()).toBe('cidata');
    const out = join(directory, 'out');
    run(['xorriso', '-osirrox', 'on', '-indev', iso, '-extract', '/', out]);
    expect(readFileSync(join(out, 'user-data'), 'utf8')).toBe(files.userData);
    expect(readFileSync(join(out, 'meta-data'), 'utf8')).toBe(files.metaData);
    expect(readFileSync(join(out, 'network-config'), 'utf8')).toBe(files.networkConfig);
    expect(run(['xorriso', '-indev', iso, '-lsl', '/'])).toMatch(/^-rw------- +1 0 +0 .*'user-data'$/m);
    run(['chmod', '-R', 'u+rwX', out]);
  });

  it('can be read by its owner alone', () => {
    const { mode, uid } = statSync(build('a', 0));
    expect({ mode: mode & 0o777, uid }).toEqual({ mode: 0o600, uid: self });
  });

  it.each([0, 1_700_000_000, 0xffff_ffff])(
    'has the same bytes at another time and in another zone (date %d)',
    (date) => {
      const first = readFileSync(build('a', date));
      run(['sleep', '1.1']);
      expect(readFileSync(build('b', date, 'Asia/Tokyo')).equals(first)).toBe(true);
    },
  );

  it('has other bytes for another date', () => {
    const first = readFileSync(build('a', 1_700_000_000));
    expect(readFileSync(build('b', 1_700_000_001)).equals(first)).toBe(false);
  });
});
