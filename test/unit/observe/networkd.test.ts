import { describe, expect, test } from 'vitest';
import { matches, readNetworkdClaims } from '../../../src/observe/networkd.ts';
import { MemoryHost } from '../../fakes/memory-host.ts';

const bridge = { name: 'br0', kind: 'bridge' } as const;
const tap = { name: 'tap0', kind: 'tun' } as const;

describe('a [Match] section', () => {
  test.each([
    ['Name=*', true, true],
    ['Name=br*', true, false],
    ['Name=en* eth*', false, false],
    ['Name=eth0 tap?', false, true],
    ['Name=tap[0-4]', false, true],
    ['Name=!eth*', true, true],
    ['Name=!br* lo', false, true],
    ['Name=br0\nName=', true, true],
    ['Type=bridge', true, false],
    ['Type=ether', false, true],
    ['Type=!wlan', true, true],
    ['Kind=bridge', true, false],
    ['Driver=tun', false, true],
    ['Name=*\nType=ether', false, true],
    ['Name=*\nMACAddress=02:00:00:00:00:01', false, false],
    ['Name=*\nPath=pci-*', false, false],
    ['Name=br.0', false, false],
    ['# Name=eth0', true, true],
  ])('%j', (conditions, ofBridge, ofTap) => {
    const text = `[Match]\n${conditions}\n\n[Network]\nDHCP=yes\n`;
    expect([matches(text, bridge), matches(text, tap)]).toEqual([ofBridge, ofTap]);
  });

  test('left out matches every link; an empty file none', () => {
    expect(matches('[Network]\nDHCP=yes\n', bridge)).toBe(true);
    expect(matches('', bridge)).toBe(false);
  });
});

describe('the files of a host', () => {
  const claims = (files: Readonly<Record<string, string>>) => {
    const host = new MemoryHost();
    for (const [path, text] of Object.entries(files)) {
      host.world.files.makeDirectory(path.slice(0, path.lastIndexOf('/')), 0o755);
      host.world.files.write(path, text, 0o644);
    }
    return readNetworkdClaims(host, [bridge, tap]);
  };
  const all = '[Match]\nName=*\n[Network]\nDHCP=yes\n';
  const ours = '[Match]\nName=br0 tap0\n[Link]\nUnmanaged=yes\n';

  test('none claims anything where there is none, or for other links', async () => {
    expect(await claims({})).toEqual([]);
    expect(await claims({ '/usr/lib/systemd/network/80-vm-vt.network': '[Match]\nName=vt-*\n' })).toEqual([]);
  });

  test('the first by name counts, wherever it lies', async () => {
    expect(
      await claims({
        '/etc/systemd/network/50-all.network': all,
        '/usr/lib/systemd/network/10-br.network': '[Match]\nName=br0\n',
      }),
    ).toEqual([
      { path: '/usr/lib/systemd/network/10-br.network', link: 'br0' },
      { path: '/etc/systemd/network/50-all.network', link: 'tap0' },
    ]);
  });

  test('one that leaves the links alone, before the others, is the remedy', async () => {
    expect(
      await claims({
        '/etc/systemd/network/05-labnet.network': ours,
        '/etc/systemd/network/50-all.network': all,
      }),
    ).toEqual([]);
    expect(
      await claims({
        '/etc/systemd/network/99-labnet.network': ours,
        '/etc/systemd/network/50-all.network': all,
      }),
    ).toHaveLength(2);
  });

  test('one in /etc hides one of the same name, and an empty one masks it', async () => {
    expect(
      await claims({
        '/etc/systemd/network/50-all.network': '',
        '/usr/lib/systemd/network/50-all.network': all,
      }),
    ).toEqual([]);
  });

  test('what is no .network file does not count', async () => {
    expect(
      await claims({
        '/etc/systemd/network/50-all.network.example': all,
        '/etc/systemd/network/10-x.link': all,
      }),
    ).toEqual([]);
  });
});
