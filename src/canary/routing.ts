import { isIPv4 } from 'node:net';
import type { Host } from '../host/host.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * What the host's routing makes of a guest's packet, asked while the bridge is there, and the routing rules that may be
 * meant for it; empty where there is no address to ask for.
 */
export async function routingOf({ network, namespace, canary }: Plan, host: Host): Promise<string> {
  const { target, resolvers, bridge, subnet } = network;
  // ip(8) takes addresses and no names.
  const [somewhere] = [target.host, ...resolvers].filter((one) => isIPv4(one));
  if (somewhere === undefined) return '';
  const ip = (...words: string[]) => host.run(['ip', ...words], { namespace, accept: [0, 1, 2] });
  const [got, rules] = await Promise.all([
    ip('route', 'get', somewhere, 'from', canary.trace.address, 'iif', bridge),
    ip('-4', 'rule', 'show'),
  ]);
  const [said = ''] = `${got.stderr}${got.stdout}`.split('\n').filter((line) => line.trim() !== '');
  const refuses = / (?:prohibit|blackhole|unreachable)\b/;
  const meant = rules.stdout
    .split('\n')
    .filter((rule) => refuses.test(rule) || rule.includes(subnet) || rule.includes(` iif ${bridge} `));
  return [
    `\nto ${somewhere} from a guest, ip route get says: ${said.trim()}`,
    ...meant.map((rule) => `ip rule: ${rule.trim()}`),
  ].join('\n');
}
