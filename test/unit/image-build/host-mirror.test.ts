import { describe, expect, test } from 'vitest';
import { parseDeb822Sources, parseOneLineSources } from '../../../src/image-build/apt-sources.ts';
import { debianMirrorOf, readAptProxy, readHostMirror } from '../../../src/image-build/host-mirror.ts';
import { partialHost } from '../../fakes/partial-host.ts';

describe('one-line sources', () => {
  const mirrorIn = (text: string) => debianMirrorOf(parseOneLineSources(text));

  test('finds the mirror and the security mirror', () => {
    const text = `# from the installer
deb-src http://src.test/debian bookworm main
deb http://ftp.test/debian/ bookworm main contrib # the near one
deb [ arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg ] http://sec.test/debian-security bookworm-security main
deb http://second.test/debian bookworm main
`;
    expect(mirrorIn(text)).toEqual({
      archive: 'http://ftp.test/debian',
      security: 'http://sec.test/debian-security',
    });
  });

  test('takes the suite names of old', () => {
    const text =
      'deb http://m.test/debian oldstable main\ndeb http://sec.test/debian-security buster/updates main';
    expect(mirrorIn(text)).toEqual({
      archive: 'http://m.test/debian',
      security: 'http://sec.test/debian-security',
    });
  });

  test.each([
    ['a comment', '#deb http://m.test/debian bookworm main'],
    ['sources only', 'deb-src http://m.test/debian bookworm main'],
    [
      'docker',
      'deb [signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/debian bookworm stable',
    ],
    [
      'a vendor in main',
      'deb [signed-by=/usr/share/keyrings/vendor-keyring.gpg] https://pkgs.vendor.test/stable/debian bookworm main',
    ],
    [
      'a vendor’s key that calls itself an archive’s',
      'deb [signed-by=/usr/share/keyrings/vendor-archive-keyring.gpg] https://pkgs.vendor.test/stable/debian bookworm main',
    ],
    ['postgresql', 'deb https://apt.postgresql.test/pub/repos/apt bookworm-pgdg main'],
    ['ubuntu', 'deb http://archive.ubuntu.test/ubuntu noble main'],
    ['a flat repository', 'deb http://m.test/debian ./'],
    ['a CD', 'deb cdrom:[Debian]/ bookworm main'],
    ['a directory', 'deb file:/srv/debian bookworm main'],
    ['a password', 'deb http://me:secret@m.test/debian bookworm main'],
    ['contrib without main', 'deb http://m.test/debian bookworm contrib'],
    ['a suite beside the releases', 'deb http://m.test/debian bookworm-proposed main'],
    ['security without an archive', 'deb http://m.test/debian-security bookworm-security main'],
    ['nonsense', 'deb\ndeb [\ndeb ] x y'],
    ['nothing', ''],
  ])('finds none in %s', (_, text) => {
    expect(mirrorIn(text)).toBeUndefined();
  });
});

describe('deb822 sources', () => {
  const mirrorIn = (text: string) => debianMirrorOf(parseDeb822Sources(text));

  test('finds both, across stanzas, folded fields and comments', () => {
    const text = `# Debian's own
Types: deb deb-src
URIs: http://ftp.test/debian
# more suites
Suites: trixie
 trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp

types: deb
uris: http://sec.test/debian-security/
suites: trixie-security
components: main non-free-firmware
`;
    expect(mirrorIn(text)).toEqual({
      archive: 'http://ftp.test/debian',
      security: 'http://sec.test/debian-security',
    });
  });

  test.each([
    [
      'one switched off',
      'Enabled: no\nTypes: deb\nURIs: http://m.test/debian\nSuites: trixie\nComponents: main',
    ],
    ['sources only', 'Types: deb-src\nURIs: http://m.test/debian\nSuites: trixie\nComponents: main'],
    [
      'a vendor',
      'Types: deb\nURIs: https://deb.nodesource.test/node_20.x\nSuites: nodistro\nComponents: main',
    ],
    [
      'a key of its own',
      'Types: deb\nURIs: http://m.test/debian\nSuites: trixie\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc',
    ],
    ['half a stanza', 'Types: deb\nURIs: http://m.test/debian'],
    ['no address', 'Types: deb\nURIs: m.test\nSuites: trixie\nComponents: main'],
  ])('finds none in %s', (_, text) => {
    expect(mirrorIn(text)).toBeUndefined();
  });
});

test('reads the list first, then the directory by name, and only apt’s own endings', async () => {
  const files: Record<string, string> = {
    '/etc/apt/sources.list.d/a.sources':
      'Types: deb\nURIs: http://a.test/debian\nSuites: trixie\nComponents: main\n',
    '/etc/apt/sources.list.d/b.list': 'deb http://b.test/debian trixie main\n',
    '/etc/apt/sources.list.d/0.list.save': 'deb http://saved.test/debian trixie main\n',
  };
  const host = (extra: Record<string, string>) =>
    partialHost({
      read: async (path) => ({ ...files, ...extra })[path],
      list: async () => ['0.list.save', 'a.sources', 'b.list'],
    });
  expect(await readHostMirror(host({}))).toEqual({ archive: 'http://a.test/debian' });
  const first = { '/etc/apt/sources.list': 'deb http://first.test/debian trixie main' };
  expect(await readHostMirror(host(first))).toEqual({ archive: 'http://first.test/debian' });
});

test('a host without apt has neither a mirror nor a proxy', async () => {
  const host = partialHost({
    read: async () => undefined,
    list: async () => [],
    stat: async () => undefined,
  });
  expect(await readHostMirror(host)).toBeUndefined();
  expect(await readAptProxy(host)).toEqual({});
});

test('passes on the proxies apt is told to use', async () => {
  const stdout = `Acquire "";
Acquire::http "";
Acquire::http::Proxy "http://proxy.test:3142";
Acquire::http::Proxy::near.test "DIRECT";
Acquire::https::Proxy "DIRECT";
`;
  const facts = {
    kind: 'file',
    mode: 0o755,
    uid: 0,
    gid: 0,
    size: 1,
    inode: 1,
    device: 1,
    allocated: 4096,
    mtimeMs: 1,
  } as const;
  const host = partialHost({ stat: async () => facts, run: async () => ({ status: 0, stdout, stderr: '' }) });
  expect(await readAptProxy(host)).toEqual({ http_proxy: 'http://proxy.test:3142' });
});
