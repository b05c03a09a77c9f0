import type { Host } from '../host/host.ts';
import type { Finding } from './finding.ts';

/**
 * What an ordinary user's own host lacks for a lab: a /dev/net/tun that he may open. udev gives everybody the right to it,
 * since the node alone lets nobody change a network (Linux, Documentation/networking/tuntap).
 */
export async function ownGroundFindings(host: Host): Promise<readonly Finding[]> {
  if (host.ground === 'pc') return [];
  const node = await host.stat('/dev/net/tun');
  if (node !== undefined && (node.mode & 0o006) === 0o006) return [];
  const what = node === undefined ? 'has no /dev/net/tun' : 'lets only root open /dev/net/tun';
  const remedy =
    node === undefined
      ? 'ask the admin: sudo modprobe tun'
      : 'ask the admin: sudo chmod 0666 /dev/net/tun   (as udev makes it on every Debian)';
  return [
    { id: 'tun', level: 'problem', message: `this PC ${what}, which a lab's taps need`, remedy: [remedy] },
  ];
}
