import { execa } from 'execa';

/** A point-to-point link between two namespaces, `tun9` in each, as a VPN makes one. */
export interface Tunnel {
  close(): Promise<void>;
}

/** Holds a tun device in each namespace, and carries what goes into one out of the other. */
const carry = `
import ctypes, fcntl, os, select, struct, sys
def tun(namespace):
    with open(namespace) as file:
        if ctypes.CDLL(None).setns(file.fileno(), 0x40000000): raise OSError('setns')
    device = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(device, 0x400454CA, struct.pack('16sH22x', b'tun9', 0x1001)) # TUNSETIFF: IFF_TUN | IFF_NO_PI
    return device
near, far = tun(sys.argv[1]), tun(sys.argv[2])
print('up', flush=True)
other = {near: far, far: near}
while True:
    for one in select.select([near, far], [], [])[0]:
        packet = os.read(one, 65536)
        try: os.write(other[one], packet)
        except OSError: pass # The other end is down.
`;

export async function openTunnel(near: string, far: string): Promise<Tunnel> {
  const carrier = execa('python3', ['-c', carry, near, far], { reject: false });
  await Promise.race([
    new Promise((resolve) => carrier.stdout.once('data', resolve)),
    carrier.then(({ stderr }) => {
      throw new Error(`no tunnel: ${stderr}`);
    }),
  ]);
  return {
    async close() {
      carrier.kill();
      await carrier;
    },
  };
}
