/** What the canary's program hears of routers that refuse, in a network namespace of its own. */
import { execa } from 'execa';
import { expect, inject, test } from 'vitest';

test.each(['admin-prohibited', 'host-unreachable', 'net-prohibited'])(
  'a way that is refused with %s is told as that',
  async (type) => {
    const script = [
      'ip link set lo up',
      'nft add table ip far',
      "nft 'add chain ip far in { type filter hook input priority 0 ; }'",
      `nft add rule ip far in ip daddr 127.0.0.9 reject with icmp type ${type}`,
      `exec node ${inject('cli')} reach 1 127.0.0.9 80 0`,
    ].join(' && ');
    const { stdout } = await execa('unshare', ['--net', 'sh', '-c', script]);
    expect(JSON.parse(stdout)).toEqual([
      {
        id: 'tcp',
        ok: false,
        noWay: true,
        reason: 'no connection to 127.0.0.9 port 80: an answer says that there is no way',
      },
    ]);
  },
);
