import type { Host } from '../host/host.ts';
import * as z from '../zod.ts';
import { look } from './look.ts';

/** What `ip -details -json address show` says of one link, as far as labnet compares it. */
export interface Link {
  readonly name: string;
  /** The link's number, which it keeps while its name changes. */
  readonly index: number | undefined;
  /** The kind of the link: `bridge`, `tun`, `veth`…; undefined for a physical interface. */
  readonly kind: string | undefined;
  readonly alias: string | undefined;
  readonly up: boolean;
  /**
   * Whether something is at the other end: a tap has a carrier while a process holds it (tun_attach in
   * drivers/net/tun.c).
   */
  readonly carrier: boolean;
  readonly mtu: number;
  readonly mac: string | undefined;
  /** The uid that may open a tap, unless that has a name on this host; undefined for other links. */
  readonly owner: number | undefined;
  /** The name of the bridge that it is a port of. */
  readonly master: string | undefined;
  /** Its IPv4 addresses, as "192.168.6.10/24". */
  readonly addresses: readonly string[];
}

const schema = z.array(
  z.looseObject({
    ifname: z.string().optional(),
    ifindex: z.int().optional(),
    ifalias: z.string().optional(),
    flags: z.array(z.string()).default([]),
    mtu: z.number().default(0),
    address: z.string().optional(),
    master: z.string().optional(),
    linkinfo: z
      .looseObject({
        info_kind: z.string().optional(),
        info_data: z.looseObject({ user: z.unknown().optional() }).optional(),
      })
      .optional(),
    addr_info: z
      .array(
        z.looseObject({ family: z.string(), local: z.string().optional(), prefixlen: z.number().optional() }),
      )
      .default([]),
  }),
);

/** One link, or undefined when there is none of that name. */
export async function readLink(host: Host, name: string, namespace?: string): Promise<Link | undefined> {
  const argv = ['ip', '-details', '-json', 'address', 'show', 'dev', name];
  const said = await look(argv, /does not exist/, { host, namespace });
  return said === undefined ? undefined : parseLinks(said)[0];
}

/** All links of a namespace, or of the host's own. */
export async function readLinks(host: Host, namespace?: string): Promise<readonly Link[]> {
  return parseLinks((await host.run(['ip', '-details', '-json', 'address', 'show'], { namespace })).stdout);
}

/**
 * The links in what `ip -details -json address show` prints: an empty object stands for each link that a filter left
 * out.
 */
export function parseLinks(json: string): readonly Link[] {
  return schema.parse(JSON.parse(json || '[]')).flatMap((link) =>
    link.ifname === undefined
      ? []
      : [
          {
            name: link.ifname,
            index: link.ifindex,
            kind: link.linkinfo?.info_kind,
            alias: link.ifalias,
            up: link.flags.includes('UP'),
            carrier: link.flags.includes('LOWER_UP'),
            mtu: link.mtu,
            mac: link.address,
            owner: ownerOf(link.linkinfo?.info_data?.user),
            master: link.master,
            addresses: link.addr_info
              .filter(({ family, local }) => family === 'inet' && local !== undefined)
              .map(({ local, prefixlen }) => `${local}/${prefixlen}`),
          },
        ],
  );
}

function ownerOf(user: unknown): number | undefined {
  return typeof user === 'number' ? user : undefined;
}
