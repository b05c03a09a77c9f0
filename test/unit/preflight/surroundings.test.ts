import { describe, expect, test } from 'vitest';
import { readSurroundings, refuseSurroundings } from '../../../src/preflight/surroundings.ts';
import { MemoryHost } from '../../fakes/memory-host.ts';
import { planOfSize } from '../../fakes/plans.ts';

function hostRunning(argv: readonly string[], files: Readonly<Record<string, string>> = {}): MemoryHost {
  const host = new MemoryHost();
  host.world.start({ uid: 0, argv, namespace: 'root', sockets: [] });
  for (const [path, text] of Object.entries(files)) {
    host.world.files.makeDirectory(path.slice(0, path.lastIndexOf('/')), 0o755);
    host.world.files.write(path, text, 0o644);
  }
  return host;
}

/** No uplink, so that nothing is asked about routes. */
const links = { bridge: 'br0', taps: ['tap0'], uplink: undefined };

const networkd = ['/lib/systemd/systemd-networkd'];
const catchAll = { '/etc/systemd/network/50-all.network': '[Match]\nName=*\n[Network]\nDHCP=yes\n' };

describe('systemd-networkd', () => {
  test('that would take the links over is a problem, with the file and the remedy', async () => {
    const [found, ...others] = await readSurroundings(links, hostRunning(networkd, catchAll));
    expect(others).toEqual([]);
    expect(found).toMatchObject({ id: 'networkd', level: 'problem' });
    expect(found?.message).toContain('would take br0, tap0 over');
    expect(found?.message).toContain('/etc/systemd/network/50-all.network matches');
    expect(found?.remedy.join('\n')).toContain('Name=br0 tap0\\n[Link]\\nUnmanaged=yes');
  });

  test('without such a file, or not running, is none', async () => {
    expect(await readSurroundings(links, hostRunning(networkd))).toEqual([]);
    expect(await readSurroundings(links, hostRunning(['/usr/sbin/sshd'], catchAll))).toEqual([]);
  });

  test('stops a provision before the first change, but not one in a sandbox', async () => {
    const plan = planOfSize(1, false);
    const alone = { ...plan, network: { ...plan.network, uplink: undefined } };
    const refusal = refuseSurroundings(alone, hostRunning(networkd, catchAll));
    await expect(refusal).rejects.toMatchObject({
      code: 'host-cannot',
      message: expect.stringContaining('50-all.network'),
    });
    expect(await refuseSurroundings(planOfSize(1, true), hostRunning(networkd, catchAll))).toEqual([]);
  });
});

describe('other programs that configure links', () => {
  test.each([
    ['ConnMan', ['/usr/sbin/connmand', '-n'], {}, ['connman']],
    ['dhcpcd', ['/usr/sbin/dhcpcd', '-q', '-b'], {}, ['dhcpcd']],
    ['dhcpcd under the name it gives itself', ['dhcpcd: [manager] [ip4] [ip6]'], {}, ['dhcpcd']],
    ['dhcpcd for one link', ['dhcpcd', '-q', 'eth0'], {}, []],
    ['dhcpcd that leaves them', ['dhcpcd'], { '/etc/dhcpcd.conf': 'denyinterfaces br0 tap*\n' }, []],
    [
      'dhcpcd that leaves some',
      ['dhcpcd'],
      { '/etc/dhcpcd.conf': '#denyinterfaces tap0\ndenyinterfaces br0\n' },
      ['dhcpcd'],
    ],
    ['dhcpcd with a list of its own', ['dhcpcd'], { '/etc/dhcpcd.conf': 'allowinterfaces eth0\n' }, []],
    ['none', ['/usr/sbin/cron'], {}, []],
  ])('%s', async (_, argv, files, ids) => {
    const found = await readSurroundings(links, hostRunning(argv, files));
    expect(found.map(({ id, level }) => [id, level])).toEqual(ids.map((id) => [id, 'warning']));
  });
});
