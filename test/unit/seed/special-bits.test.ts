import { describe, expect, test } from 'vitest';
import { withSpecialBits } from '../../../src/seed/special-bits.ts';
import { userDataOf } from './read-seed.ts';

const file = { path: '/usr/local/bin/tool', owner: 'root:root', content: 'x' };

describe('a file comes a second time, to get its mode again, when cloud-init would take bits of it away:', () => {
  test.each(['4755', '2755', '1777', '04755', '6755', '7000', '0o4755', 0o4755, 0o2644])(
    '%s',
    (permissions) => {
      expect(withSpecialBits({ ...file, permissions })).toEqual([
        { ...file, permissions },
        { path: file.path, owner: 'none:none', permissions, append: true, content: '' },
      ]);
    },
  );

  test.each(['0755', '644', '0000', '777', 0o644, 'u+s', '', undefined, null, '9755'])(
    'not of %s',
    (permissions) => {
      expect(withSpecialBits({ ...file, permissions })).toEqual([{ ...file, permissions }]);
    },
  );

  test('late, when the file itself is', () => {
    const [, again] = withSpecialBits({ ...file, permissions: '4755', defer: true });
    expect(again).toMatchObject({ defer: true });
  });
});

test('a seed has both entries, right behind each other, for files and for cloud_config', () => {
  const { write_files: files } = userDataOf({
    files: [{ path: '/srv/a', content: 'x', mode: '4755' }],
    cloudConfig: { write_files: [{ path: '/srv/b', permissions: 0o2755 }, { path: '/srv/c' }] },
  }) as { write_files: readonly { readonly path: string; readonly append?: boolean }[] };
  const own = files.filter(({ path }) => path.startsWith('/srv/'));
  expect(own.map(({ path, append = false }) => [path, append])).toEqual([
    ['/srv/a', false],
    ['/srv/a', true],
    ['/srv/b', false],
    ['/srv/b', true],
    ['/srv/c', false],
  ]);
});
