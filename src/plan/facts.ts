import * as z from 'zod';

/** What planning needs to know of a host; read-only, gathered without root, and given from a file in tests. */
export const hostFactsSchema = z.strictObject({
  /** Where the default route leads; null without one. */
  uplink: z.strictObject({ name: z.string(), gateway: z.string(), mtu: z.number() }).nullable(),
  /** The subnets the host is connected to. */
  localNetworks: z.array(z.string()),
  /** The resolvers a guest could use: never a loopback address. */
  resolvers: z.array(z.string()),
  /** A digest of /etc/machine-id: makes MACs and uuids differ between hosts (machine-id(5) asks not to show itself). */
  hostId: z.string(),
  cpus: z.number(),
  accelerator: z.enum(['kvm', 'tcg']),
  /** Group of /dev/kvm, when it is not open to all. */
  kvmGroup: z.number().nullable(),
  /** /dev/net/tun is open to root alone. */
  privateTun: z.boolean(),
  /** The user behind sudo; 0 for root itself. */
  invoker: z.number(),
  /** NetworkManager runs: it is told to keep off the lab's links. */
  networkManager: z.boolean().default(false),
  /** The iptables that Docker has made its chain DOCKER-USER with; null without Docker. */
  docker: z.enum(['iptables-nft', 'iptables-legacy']).nullable().default(null),
  /** The stored base image; null: not made yet. */
  image: z
    .strictObject({
      name: z.string(),
      path: z.string(),
      /** Its kernel and initial file system, as paths, and the kernel's arguments; absent: it boots by firmware alone. */
      direct: z.strictObject({ kernel: z.string(), initrd: z.string(), arguments: z.string() }).optional(),
    })
    .nullable(),
  /** How to start this very labnet: for the sandbox's stand-in internet. */
  program: z.array(z.string()),
});

export type HostFacts = z.infer<typeof hostFactsSchema>;
