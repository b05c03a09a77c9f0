/** What `ip -json route` prints, as far as labnet goes by it. */
import * as z from '../zod.ts';

const hop = z.looseObject({
  dev: z.string().optional(),
  gateway: z.string().optional(),
  /** The router, instead of `gateway`, when it has an address of IPv6. */
  via: z.unknown().optional(),
});

const routes = z.array(
  hop.extend({
    dst: z.string(),
    /** The type of the route; left out for `unicast`. */
    type: z.string().optional(),
    /** What made the route; `kernel`: it came with an address. */
    protocol: z.string().optional(),
    /** The table that the route is in; left out for `main`. */
    table: z.string().optional(),
    /** The address that the host's own packets have on this route. */
    prefsrc: z.string().optional(),
    /** The ways of a route that goes several ways at once. */
    nexthops: z.array(hop).default([]),
  }),
);

/** A route as `ip -json route` prints it. */
export type Route = z.output<typeof routes>[number];

/** Reads what `ip -json route` prints. @param json of `route show` or `route get`; nothing at all is no route */
export function readRoutes(json: string): readonly Route[] {
  return routes.parse(JSON.parse(json || '[]'));
}
