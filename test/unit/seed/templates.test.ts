import { describe, expect, it } from 'vitest';
import { proved } from '../../../src/seed/proof.ts';
import { renderSeed } from '../../../src/seed/seed.ts';
import { loadTemplates, shippedTemplates } from '../../../src/seed/templates.ts';
import { seedInput } from './seed-input.ts';

/** The shipped templates with one of them replaced. */
function withTemplate(name: string, text: string) {
  const { userData, metaData, networkConfig } = shippedTemplates();
  const changed = loadTemplates(() => text);
  return {
    userData: name === 'user-data' ? changed.userData : userData,
    metaData: name === 'meta-data' ? changed.metaData : metaData,
    networkConfig: name === 'network-config' ? changed.networkConfig : networkConfig,
  };
}

describe('loadTemplates', () => {
  it('asks for the three templates', () => {
    const names: string[] = [];
    loadTemplates((name) => {
      names.push(name);
      return '';
    });
    expect(names).toEqual(['user-data.hbs', 'meta-data.hbs', 'network-config.hbs']);
  });

  it('escapes nothing for HTML', () => {
    expect(loadTemplates(() => '{{json a}}').metaData({ a: '<&=">' })).toBe('"<&=\\">"');
  });

  it.each([
    ['a name that is not there', '{{missing}}'],
    ['a helper argument that is not there', '{{json missing}}'],
    ['a null', '{{json nothing}}'],
    ['a helper that does not exist', '{{quote here}}'],
    ['a property of the prototype', '{{json constructor}}'],
  ])('makes an error of %s', (_, text) => {
    expect(() => loadTemplates(() => text).metaData({ here: 'x', nothing: null })).toThrow();
  });
});

describe('the proof', () => {
  it.each([
    ['a key is missing', 'instance-id: {{json instance-id}}\n', 'does not say what was meant'],
    [
      'a value is not quoted',
      'instance-id: {{instance-id}}\nlocal-hostname: {{local-hostname}}\n',
      'does not say',
    ],
    [
      'there is a key too many',
      'instance-id: {{json instance-id}}\nlocal-hostname: {{json local-hostname}}\na: 1\n',
      'does not say',
    ],
    ['it is no YAML', 'instance-id: [\n', 'is no YAML'],
  ])('finds that %s', (_, text, message) => {
    const input = seedInput({ hostname: '0x1f' });
    expect(() => renderSeed(input, withTemplate('meta-data', text))).toThrow(
      `the rendered meta-data ${message}`,
    );
  });

  it('sees the difference between a text and what it looks like', () => {
    expect(() => proved('x', 'a: 010', { a: '010' })).toThrow('does not say');
    expect(() => proved('x', 'a: on', { a: 'on' })).toThrow('does not say');
    expect(proved('x', 'a: "010"', { a: '010' })).toBe('a: "010"');
  });

  it('does not quote the text, which may hold secrets', () => {
    expect(() => proved('x', 'a: secret\n\tb', {})).not.toThrow(/secret/);
    expect(() => proved('x', 'a: secret', {})).not.toThrow(/secret/);
  });
});
