import * as z from 'zod';
import { readResolvers } from './facts.ts';
import type { Host } from './host.ts';

/** What of the host's own network a lab must not collide with. */
export interface HostNetwork {
  /** Every subnet the host has an address in or a route to, the default route apart. */
  readonly subnets: readonly { readonly subnet: string; readonly device: string }[];
  readonly resolvers: readonly string[];
}

const routes = z.array(
  z.looseObject({ dst: z.string(), dev: z.string().optional(), type: z.string().optional() }),
);

export async function readHostNetwork(host: Host): Promise<HostNetwork> {
  const { stdout } = await host.run(['ip', '-json', '-4', 'route', 'show', 'table', 'all']);
  const subnets = routes
    .parse(JSON.parse(stdout || '[]'))
    .filter(({ dst, type, dev }) => dst !== 'default' && type !== 'broadcast' && dev !== 'lo')
    .map(({ dst, dev }) => ({ subnet: dst.includes('/') ? dst : `${dst}/32`, device: dev ?? 'a route' }));
  return { subnets, resolvers: await readResolvers(host) };
}
