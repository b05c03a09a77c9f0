import { describe, expect, test } from 'vitest';
import { labOfSize } from '../../src/lab/validate.ts';
import { checkSocketPaths, rootsFrom } from '../../src/paths.ts';
import { planLab } from '../../src/plan/plan-lab.ts';
import { facts, roots } from '../fakes/facts.ts';

const variables = ['LABNET_STATE', 'LABNET_RUN', 'LABNET_CACHE', 'LABNET_IMAGES'] as const;

describe.each(variables)('%s', (variable) => {
  test.each([
    '/srv/labnet',
    '/srv/käse/实验室_1.x+y-z',
    '/home/ana@school.test/x',
    '/a',
    `/${'a'.repeat(200)}/${'b'.repeat(600)}`,
  ])('may be %s', (path) => {
    expect(Object.values(rootsFrom({ [variable]: path }))).toContain(path);
  });

  test.each([
    ['', 'no absolute path'],
    ['labs', 'no absolute path'],
    ['./labs', 'no absolute path'],
    ['~/labs', 'no absolute path'],
    ['/', 'cannot stand'],
    ['/srv/', 'cannot stand'],
    ['//srv', 'cannot stand'],
    ['/srv/my labs', 'cannot stand'],
    ['/srv/a,b', 'cannot stand'],
    ['/srv/a\nb', 'cannot stand'],
    ['/srv/a%h', 'cannot stand'],
    ['/srv/a#b', 'cannot stand'],
    ["/srv/a'b", 'cannot stand'],
    ['/srv/a"b', 'cannot stand'],
    ['/srv/$(x)', 'cannot stand'],
    ['/srv/@@labnet:x@@', 'cannot stand'],
    ['/srv/a:b', 'cannot stand'],
    ['/srv/a@@b', 'cannot stand'],
    ['/srv/a\\b', 'cannot stand'],
    ['/srv/a\u202eb', 'cannot stand'],
    ['/srv/a\u001b[2Jb', 'cannot stand'],
    ['/srv/../etc', 'without . and ..'],
    ['/srv/./x', 'without . and ..'],
    ['/srv/..', 'without . and ..'],
    [`/${'a'.repeat(900)}`, 'is of 901 bytes: at most 900'],
    [`/${'ä'.repeat(450)}`, 'is of 901 bytes: at most 900'],
  ])('may not be %j', (path, reason) => {
    expect(() => rootsFrom({ [variable]: path })).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(() => rootsFrom({ [variable]: path })).toThrow(new RegExp(`^${variable} is `));
    expect(() => rootsFrom({ [variable]: path })).toThrow(reason);
  });
});

describe('an ordinary user’s', () => {
  test('lie where his own things do', () => {
    expect(rootsFrom({ HOME: '/home/stu' }, 'own')).toEqual({
      state: '/home/stu/.local/state/labnet',
      run: '/home/stu/.local/state/labnet/run',
      cache: '/home/stu/.cache/labnet',
      pcState: '/var/lib/labnet',
      sharedImages: '/var/lib/labnet/images',
    });
    const xdg = { HOME: '/home/stu', XDG_STATE_HOME: '/srv/state', XDG_CACHE_HOME: 'cache' };
    expect(rootsFrom(xdg, 'own')).toMatchObject({
      state: '/srv/state/labnet',
      cache: '/home/stu/.cache/labnet',
    });
  });

  test('lie where he says', () => {
    const said = { HOME: '/home/stu', LABNET_STATE: '/s', LABNET_RUN: '/r', LABNET_CACHE: '/c' };
    expect(rootsFrom(said, 'own')).toMatchObject({ state: '/s', run: '/r', cache: '/c' });
  });

  test('are refused without a home that can be in them', () => {
    expect(() => rootsFrom({ HOME: '/home/ana b' }, 'own')).toThrow('LABNET_STATE is "/home/ana b/');
    expect(() => rootsFrom({}, 'own')).toThrow('HOME is not set');
  });
});

describe('the sockets of a VM', () => {
  /** With lab and vm1: /lab/vm1/console.sock are 21 bytes. */
  const run = (bytes: number) => `/${'r'.repeat(bytes - 22)}`;

  test('may have paths of 107 bytes, and not of 108', () => {
    checkSocketPaths({ ...roots, run: run(107) }, 'lab', 'vm1');
    expect(() => checkSocketPaths({ ...roots, run: run(108) }, 'lab', 'vm1')).toThrow(
      /console\.sock is of 108 bytes, and the path of a unix socket has 107 at most/,
    );
  });

  test('are looked at when a lab is planned, before the first change', () => {
    const input = { lab: labOfSize(10, { sandbox: false }), facts, date: 0 };
    planLab({ ...input, roots: { ...roots, run: run(106) } });
    expect(() => planLab({ ...input, roots: { ...roots, run: run(107) } })).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining('vm10/console.sock') }),
    );
  });
});

test('there is no store beside the own one unless it is told', () => {
  expect(rootsFrom({})).not.toHaveProperty('sharedImages');
  expect(rootsFrom({ LABNET_IMAGES: '/srv/images' }).sharedImages).toBe('/srv/images');
});
