/** The text of an action is run by bash, and does what performing the action does. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Action } from '../../../src/action/action.ts';
import { perform } from '../../../src/action/perform.ts';
import { hashToken, secretToken } from '../../../src/action/secrets.ts';
import { shellPreamble, toShell } from '../../../src/action/to-shell.ts';
import { localHost } from '../../../src/host/local-host.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-shell-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs actions as the script of a plan does. */
function bash(...actions: readonly Action[]): string {
  const script = ['set -euo pipefail', 'umask 077', shellPreamble, ...actions.map(toShell)].join('\n');
  return execFileSync('bash', ['-c', script], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** What lies in a directory: path, kind, mode, content. */
function tree(at: string, prefix = ''): readonly string[] {
  return readdirSync(at)
    .sort()
    .flatMap((name) => {
      const facts = lstatSync(join(at, name));
      const mode = (facts.mode & 0o7777).toString(8);
      if (facts.isDirectory())
        return [`${prefix}${name}/ ${mode}`, ...tree(join(at, name), `${prefix}${name}/`)];
      return [`${prefix}${name} ${mode} ${JSON.stringify(readFileSync(join(at, name), 'utf8'))}`];
    });
}

/** Does the same twice, as deed and as text, in two directories alike. */
async function both(actions: (root: string) => readonly Action[], set: (root: string) => void = () => {}) {
  const [deed, text] = [join(directory, 'deed'), join(directory, 'text')];
  for (const root of [deed, text]) {
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root);
    set(root);
  }
  const host = localHost();
  for (const action of actions(deed)) await perform(action, { host });
  bash(...actions(text));
  return { deed: tree(deed), text: tree(text) };
}

/** Text as bash can hold it: no NUL, and a newline at its end. */
const text = fc.string({ unit: 'binary', maxLength: 60 }).map((one) => `${one.replaceAll('\0', '')}\n`);
const word = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 30 })
  .map((one) => one.replaceAll('\0', 'x'));

describe('what labnet types does what labnet does', () => {
  test('run: every word arrives unchanged', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        const argv = ['printf', '%s\\0', ...words];
        const said = bash({ do: 'run', argv });
        expect(said).toBe(words.length === 0 ? '\0' : words.map((one) => `${one}\0`).join(''));
      }),
      { numRuns: 60 },
    );
  });

  test('run: so does every word of a command that is broken over lines', () => {
    const words = [
      '--first',
      "it's $HOME `x`",
      '--second',
      'two\nlines',
      '-x',
      ...Array(20).fill('--padding'),
    ];
    expect(bash({ do: 'run', argv: ['printf', '%s\\0', '--', ...words] })).toContain(words.join('\0'));
  });

  test('run: standard input arrives unchanged', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.constantFrom('EOF\n', '$HOME\n`id`\n', 'EOF\nEOF_\n')), (stdin) => {
        expect(bash({ do: 'run', argv: ['cat'], stdin })).toBe(stdin);
      }),
      { numRuns: 60 },
    );
  });

  test('write-file: content and mode', async () => {
    const content = fc.oneof(text, fc.constantFrom('', 'EOF\n', "it's $HOME `x` \\n\n"));
    await fc.assert(
      fc.asyncProperty(content, fc.constantFrom(0o600, 0o644, 0o400, 0o755), async (one, mode) => {
        const done = await both((root) => [
          { do: 'write-file', path: `${root}/it's a file`, content: one, mode },
        ]);
        expect(done.text).toEqual(done.deed);
      }),
      { numRuns: 30 },
    );
  });

  test.each(['plain', 'a "quoted" \\ one', "it's", '$HOME `id` &|;', 'ünï çødé', '/@&', ' spaces '])(
    'write-file: the secret %j in its place',
    async (secret) => {
      const done = await both(
        (root) => [
          { do: 'make-directory', path: `${root}/lab`, mode: 0o700 },
          {
            do: 'write-file',
            path: `${root}/lab/user-data`,
            content: `one: "${secretToken(`${root}/pass`)}"\ntwo: "${secretToken(`${root}/pass`)}"\nhash: "${hashToken(`${root}/pass`, 'a1')}"\n`,
            mode: 0o600,
          },
        ],
        (root) => writeFileSync(join(root, 'pass'), `${secret}\n`),
      );
      expect(done.text).toEqual(done.deed);
      const written = done.deed.join('\n');
      expect(written).toContain(JSON.stringify(JSON.stringify(secret)).slice(1, -1));
      expect(written).toContain('$6$a1$');
    },
  );

  test('make-directory: with its parents, and again', async () => {
    const make = (root: string): Action => ({ do: 'make-directory', path: `${root}/one`, mode: 0o711 });
    const done = await both((root) => [make(root), make(root)]);
    expect(done.text).toEqual(done.deed);
    expect(done.deed).toEqual(['one/ 711']);
  });

  test('remove and remove-if-empty', async () => {
    const done = await both(
      (root) => [
        { do: 'remove', path: `${root}/a file` },
        { do: 'remove', path: `${root}/full` },
        { do: 'remove', path: `${root}/never` },
        { do: 'remove-if-empty', path: `${root}/empty` },
        { do: 'remove-if-empty', path: `${root}/kept` },
      ],
      (root) => {
        for (const name of ['full', 'empty', 'kept']) {
          mkdirSync(join(root, name));
          chmodSync(join(root, name), 0o755);
        }
        for (const name of ['a file', 'full/x', 'kept/x'])
          writeFileSync(join(root, name), '', { mode: 0o600 });
      },
    );
    expect(done.text).toEqual(done.deed);
    expect(done.deed).toEqual(['kept/ 755', 'kept/x 600 ""']);
  });

  test('make-secret: sixteen digits that root alone reads', () => {
    bash({ do: 'make-secret', path: join(directory, 'secret') });
    expect(readFileSync(join(directory, 'secret'), 'utf8')).toMatch(/^[0-9a-f]{16}$/);
    expect(lstatSync(join(directory, 'secret')).mode & 0o777).toBe(0o600);
  });
});
