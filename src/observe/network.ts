import { isIPv4 } from 'node:net';
import type { Host } from '../host/host.ts';
import { readResolvers } from './facts.ts';
import { readNeighbours } from './neighbours.ts';
import { readRoutes } from './routes.ts';

/** A network that the host knows of. */
export interface KnownSubnet {
  readonly subnet: string;
  readonly device: string;
  /**
   * Whether its route leads nowhere (blackhole and the like): of such, only what lies inside a lab's own subnet
   * concerns the lab.
   */
  readonly dead?: boolean | undefined;
  /** Whether the host has an address in it; otherwise it lies beyond a router or a tunnel. */
  readonly connected: boolean;
}

/** What of the host's own network a lab must not collide with. */
export interface HostNetwork {
  /** Every subnet the host has an address in or a route to, in any table, default routes apart. */
  readonly subnets: readonly KnownSubnet[];
  /** The routers that its routes lead through. */
  readonly gateways: readonly { readonly address: string; readonly device: string }[];
  /** Single machines that the host has spoken with. */
  readonly neighbours: readonly { readonly address: string; readonly device: string }[];
  readonly resolvers: readonly string[];
}

/** The default route, and its two halves, which VPNs lay over it. */
const everywhere: readonly string[] = ['default', '0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1'];

const dead: readonly string[] = ['blackhole', 'unreachable', 'prohibit', 'throw'];

/** Reads what of the host's own network a lab must not collide with. */
export async function readHostNetwork(host: Host): Promise<HostNetwork> {
  const [shown, spoken, resolvers] = await Promise.all([
    host.run(['ip', '-json', '-4', 'route', 'show', 'table', 'all']),
    readNeighbours(host),
    readResolvers(host),
  ]);
  return {
    subnets: parseRoutes(shown.stdout),
    gateways: parseGateways(shown.stdout),
    neighbours: spoken
      .filter(({ state }) => !state.includes('FAILED') && !state.includes('INCOMPLETE'))
      .map(({ address, device }) => ({ address, device })),
    resolvers,
  };
}

/** The subnets in what `ip -json route show table all` prints, default routes apart. */
export function parseRoutes(json: string): readonly KnownSubnet[] {
  return readRoutes(json)
    .filter(({ dst, type, dev }) => !everywhere.includes(dst) && type !== 'broadcast' && dev !== 'lo')
    .map(({ dst, dev, type, protocol, nexthops }) => ({
      subnet: dst.includes('/') ? dst : `${dst}/32`,
      device: dev ?? nexthops.find((one) => one.dev !== undefined)?.dev ?? 'a route',
      dead: dead.includes(type ?? ''),
      connected: protocol === 'kernel',
    }));
}

/** The routers in what `ip -json route show table all` prints. */
export function parseGateways(json: string): HostNetwork['gateways'] {
  const found = readRoutes(json)
    .flatMap(({ dev, gateway, nexthops }) => [{ dev, gateway }, ...nexthops])
    .flatMap(({ dev, gateway }) =>
      gateway === undefined || !isIPv4(gateway) ? [] : [{ address: gateway, device: dev ?? 'a route' }],
    );
  return found.filter(
    (one, index) =>
      found.findIndex(({ address, device }) => address === one.address && device === one.device) === index,
  );
}
