/** The README says what is so: its reference comes from the schema, its commands exist. */
import { readdirSync, readFileSync } from 'node:fs';
import { execa } from 'execa';
import { expect, inject, test } from 'vitest';
import { labReference } from '../src/lab/reference.ts';

const readme = readFileSync('README.md', 'utf8');

test('the lab.yaml reference is the schema’s', () => {
  const [, found] = /<!-- lab.yaml reference -->\n([\s\S]*?)\n<!-- end of reference -->/.exec(readme) ?? [];
  expect(found).toBe(labReference());
});

test('every command it names exists', async () => {
  const { stdout } = await execa('node', [inject('cli'), '--help']);
  const named = [...readme.matchAll(/labnet ([a-z]+)/g)].map(([, command]) => command ?? '');
  const known = [...stdout.matchAll(/^ {2}([a-z]+)/gm)].map(([, command]) => command);
  const prose = [
    'makes',
    'puts',
    'needs',
    'did',
    'says',
    'never',
    'stops',
    'does',
    'leaves',
    'is',
    'made',
    'promises',
    'works',
    'ends',
  ];
  expect(named.filter((command) => !known.includes(command) && !prose.includes(command))).toEqual([]);
});

test.each(['run', 'test'])('what it has for a user with sudo it has for root: %s', (name) => {
  const [, block = ''] = new RegExp(`<!-- ${name} -->\n\`\`\`sh\n([^\`]*)\`\`\``).exec(readme) ?? [];
  const [withSudo = '', asRoot, ...rest] = block.trimEnd().split('\n');
  expect(withSudo).toMatch(/^npm ci && sudo /);
  expect([asRoot, ...rest]).toEqual([withSudo.replace(/sudo (?:env "PATH=\$PATH" )?/, '')]);
});

test('the package that it names is this version’s', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
  const named = [...readme.matchAll(/labnet_(\S+?)_all\.deb/g)].map(([, found]) => found);
  expect(new Set(named)).toEqual(new Set([version]));
});

test('every template it could mean is there', () => {
  expect(readdirSync('templates/labs')).toEqual([
    'default.yaml',
    'isolated.yaml',
    'lab-sheet.yaml',
    'web-and-db.yaml',
  ]);
});
