import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secretsIn } from '../../../src/action/secrets.ts';
import { LabnetError } from '../../../src/errors.ts';
import type { Vm } from '../../../src/lab/lab.ts';
import { intendedSeed, renderSeed, type SeedTexts } from '../../../src/seed/seed.ts';
import { seed } from '../../setup/seed.ts';
import { readSeed, userDataOf } from './read-seed.ts';
import { hostileTexts, hostileVm, refusedTexts, seedInput } from './seed-input.ts';

describe('hostile text', () => {
  it.each(['no', 'on', 'y', '123', '0x1f', '1e3', 'null', 'TRUE', '0', '00'])(
    'keeps the hostname %s',
    (hostname) => {
      const { userData, metaData } = readSeed(renderSeed(seedInput({ hostname })));
      expect(userData).toMatchObject({ hostname });
      expect(metaData).toMatchObject({ 'local-hostname': hostname });
    },
  );

  it.each(['', '-a', 'a-', 'a.b', 'a b', 'a\n', 'ä', 'a'.repeat(64)])(
    'refuses the hostname %j',
    (hostname) => {
      expect(() => renderSeed(seedInput({ hostname }))).toThrow('hostname of vm1 cannot be');
    },
  );

  it.each(['', 'a b', 'a$b', '{{x}}'])('refuses the instance id %j', (instanceId) => {
    expect(() => renderSeed(seedInput({}, { instanceId }))).toThrow('instance id of vm1 cannot be');
  });

  it.each(hostileTexts)('keeps %j in every field', (text) => {
    const found = userDataOf({
      user: text,
      run: [text],
      packages: [text],
      sshKeys: [text],
      files: [{ path: `/srv/${text}`, content: text, mode: text }],
    });
    expect(found).toMatchObject({ users: [{ name: text }], packages: [text] });
    expect(found).toMatchObject({ users: [{ ssh_authorized_keys: [expect.anything(), text] }] });
    expect(found).toHaveProperty('write_files[8]', {
      path: '/var/lib/labnet/line-1',
      owner: 'root:root',
      permissions: '0600',
      content: text,
    });
    expect(found).toHaveProperty('write_files[7]', {
      path: `/srv/${text}`,
      owner: 'root:root',
      permissions: text,
      content: text,
    });
  });

  it.each(refusedTexts)('refuses %j in every field', (text) => {
    const everywhere: Partial<Vm>[] = [
      { user: text },
      { run: [text] },
      { packages: [text] },
      { sshKeys: [text] },
      { files: [{ path: '/srv/a', content: text, mode: '0644' }] },
      { files: [{ path: '/srv/a', content: '', mode: text }] },
      { cloudConfig: { motd: text } },
    ];
    for (const vm of everywhere) expect(() => renderSeed(seedInput(vm))).toThrow(LabnetError);
  });

  it.each([{ nameservers: ['a b'] }, { nameservers: ['1.1.1.1\nsearch x'] }])(
    'refuses resolvers %j',
    (changes) => {
      expect(() => renderSeed(seedInput({}, changes))).toThrow('an address cannot be');
    },
  );

  it(`is refused, or comes out exactly as it went in and asks for no other secret (seed ${seed})`, () => {
    const tokens = [
      '/lab/id_ed25519.pub',
      '/lab/vm1/key',
      '/lab/vm1/key.pub',
      'crypt(salt):/lab/vm1/password',
    ];
    let kept = 0;
    fc.assert(
      fc.property(hostileVm, (vm) => {
        const input = seedInput(vm);
        let texts: SeedTexts;
        try {
          texts = renderSeed(input);
        } catch (error) {
          expect(error).toBeInstanceOf(LabnetError);
          return;
        }
        kept += 1;
        expect(readSeed(texts)).toEqual(intendedSeed(input));
        expect(secretsIn(Object.values(texts).join('')).sort()).toEqual(tokens);
      }),
      { numRuns: 500, seed },
    );
    expect(kept).toBeGreaterThan(50);
  });
});
