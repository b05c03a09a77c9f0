/** What `ip -json route` prints, as far as labnet goes by it. */
import * as z from '../zod.ts';

const hop = z.looseObject({
  dev: z.string().optional(),
  gateway: z.string().optional(),
  /** Instead of `gateway`, a router that has an address of IPv6. */
  via: z.unknown().optional(),
});

const routes = z.array(
  hop.extend({
    dst: z.string(),
    /** Left out: `unicast`. */
    type: z.string().optional(),
    /** `kernel`: it came with an address. */
    protocol: z.string().optional(),
    /** Left out: `main`. */
    table: z.string().optional(),
    /** The address of the host's own packets that go by it. */
    prefsrc: z.string().optional(),
    /** Of a route that goes several ways at once. */
    nexthops: z.array(hop).default([]),
  }),
);

export type Route = z.output<typeof routes>[number];

/** @param json of `route show` or `route get`; nothing at all is no route */
export function readRoutes(json: string): readonly Route[] {
  return routes.parse(JSON.parse(json || '[]'));
}
