import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { perform } from '../../../src/action/perform.ts';
import { fillSecrets, hashToken, readSecret, secretsIn, secretToken } from '../../../src/action/secrets.ts';
import { newRun } from '../../fakes/lab-run.ts';
import { World } from '../../fakes/world.ts';

/** Absolute paths as LABNET_STATE may name them. */
const path = fc
  .array(fc.stringMatching(/^[A-Za-z0-9 ._@'-]{1,12}$/), { minLength: 1, maxLength: 4 })
  .map((parts) => `/${parts.join('/')}`)
  .filter((text) => !text.includes('@@') && !text.endsWith('@') && !text.startsWith('/@'));

describe('a secret', () => {
  test('stands in a text as a token that names its file and nothing else', () => {
    expect(secretToken('/labs/vm1/password')).toBe('@@labnet:/labs/vm1/password@@');
  });

  test('stands as its hash, too, and the two are told apart wherever its file lies', () => {
    fc.assert(
      fc.property(path, fc.stringMatching(/^[0-9a-f]{16}$/), (at, salt) => {
        const [plain = '', hash = ''] = secretsIn(`${secretToken(at)} ${hashToken(at, salt)}`);
        expect([readSecret(plain), readSecret(hash)]).toEqual([{ path: at }, { path: at, salt }]);
      }),
    );
  });

  test('is found wherever it stands, once', () => {
    const text = `a: "${secretToken('/a')}"\nb: "${secretToken('/b')} and ${secretToken('/a')}"`;
    expect(secretsIn(text)).toEqual(['/a', '/b']);
    expect(secretsIn('an @@ alone, a me@example.org, labnet:/x')).toEqual([]);
  });

  test('inside a JSON string comes back as it was, whatever it is and wherever its file lies', () => {
    fc.assert(
      fc.property(path, fc.string({ unit: 'binary' }), (at, value) => {
        const text = JSON.stringify({ password: `x${secretToken(at)}y` });
        expect(JSON.parse(fillSecrets(text, new Map([[at, value]])))).toEqual({ password: `x${value}y` });
      }),
    );
  });

  test('that looks like a replacement pattern or a token is put in as it is', () => {
    for (const value of ['$&', '$1', '$$', secretToken('/other')]) {
      const text = JSON.stringify(secretToken('/a'));
      expect(JSON.parse(fillSecrets(text, new Map([['/a', value]])))).toBe(value);
    }
  });

  test('that no file gives is a mistake of the plan', () => {
    expect(() => fillSecrets(secretToken('/a'), new Map([['/b', 'x']]))).toThrow('no secret at /a');
  });
});

describe('a file with a secret', () => {
  function hostWith(secret: string | undefined) {
    const world = new World();
    world.files.makeDirectory('/lab', 0o755);
    if (secret !== undefined) world.files.write('/lab/password', secret, 0o600);
    return newRun(world);
  }
  const write = {
    do: 'write-file',
    path: '/lab/user-data',
    content: `password: "${secretToken('/lab/password')}"\n`,
    mode: 0o600,
  } as const;

  test.each([
    ['hunter2', 'hunter2'],
    ['hunter2\n', 'hunter2'],
    [' leading and trailing \n', ' leading and trailing '],
    ['a "quoted" \\ one', 'a "quoted" \\ one'],
  ])('of %j gets it without the newline at the end of its file', async (content, value) => {
    const host = hostWith(content);
    await perform(write, { host });
    expect(await host.read('/lab/user-data')).toBe(`password: ${JSON.stringify(value)}\n`);
  });

  test('gets its hash where that is meant', async () => {
    const host = hostWith('hunter2\n');
    await perform({ ...write, content: `hash: ${hashToken('/lab/password', 'a1')}\n` }, { host });
    expect(await host.read('/lab/user-data')).toMatch(/^hash: \$6\$a1\$hash\.{82}\n$/);
  });

  test('is not written when the secret is not there', async () => {
    const host = hostWith(undefined);
    await expect(perform(write, { host })).rejects.toThrow('no secret at /lab/password');
    expect(await host.stat('/lab/user-data')).toBeUndefined();
  });

  test('made at random: sixteen hexadecimal digits, another each time, readable by root alone', async () => {
    const host = hostWith(undefined);
    const make = { do: 'make-secret', path: '/lab/password' } as const;
    const seen = new Set<string | undefined>();
    for (let count = 0; count < 20; count += 1) {
      await perform(make, { host });
      seen.add(await host.read('/lab/password'));
    }
    expect(seen.size).toBe(20);
    for (const one of seen) expect(one).toMatch(/^[0-9a-f]{16}$/);
    expect(await host.stat('/lab/password')).toMatchObject({ mode: 0o600, uid: 0 });
  });

  test('given by the lab file: taken from memory, and missed when it is not there', async () => {
    const host = hostWith(undefined);
    const make = { do: 'make-secret', path: '/lab/password', given: 'vm1.password' } as const;
    await expect(perform(make, { host })).rejects.toThrow('the lab gives no vm1.password');
    await perform(make, { host, secrets: new Map([['vm1.password', 's3cret']]) });
    expect(await host.read('/lab/password')).toBe('s3cret');
  });
});
