import { isLinkName } from '../lab/naming.ts';
import * as z from '../zod.ts';

/** They go into nft's rules and scripts, so they are what they are called and nothing else. */
const linkName = z.string().refine(isLinkName, 'no name of an interface that programs take');
const absolute = z.string().regex(/^\/[^\p{Cc},]*$/u);

/** What planning needs to know of a host; read-only, gathered without root, and given from a file in tests. */
export const hostFactsSchema = z.strictObject({
  /** Where the default route leads; null without one. Its name is looked at where it is used. */
  uplink: z
    .strictObject({
      name: z.string(),
      gateway: z.union([z.literal(''), z.ipv4()]),
      mtu: z.int().min(68).max(65_536),
    })
    .nullable(),
  /** All links by which the host reaches other machines, the uplink's among them or not. */
  ways: z.array(linkName).default([]),
  /**
   * Where the host's own packets have another address than masquerade would give to those of guests: on each such link, from
   * the narrowest network to the widest.
   */
  sources: z
    .array(z.strictObject({ link: linkName, to: z.cidrv4().optional(), address: z.ipv4().optional() }))
    .default([]),
  /** The host's own addresses, loopback apart. */
  addresses: z.array(z.ipv4()).default([]),
  /** The links there are, with their further names; left out: not known. */
  links: z.array(z.strictObject({ name: z.string(), others: z.array(z.string()) })).optional(),
  /** The subnets the host is connected to. */
  localNetworks: z.array(z.union([z.cidrv4(), z.ipv4()])),
  /** The resolvers a guest could use: never a loopback address. */
  resolvers: z.array(z.union([z.ipv4(), z.ipv6()])),
  /** The host's resolvers that are of no use to a guest: loopback ones, IPv6 ones. */
  otherResolvers: z.array(z.string()).default([]),
  /** The host asks its resolvers by TCP alone ("options use-vc" in resolv.conf(5)); left out: it does not. */
  resolversByTcp: z.literal(true).optional(),
  /** The file that /etc/resolv.conf is a link to, where that is not there. */
  missingResolvConf: z.string().optional(),
  /** A digest of /etc/machine-id: makes MACs and uuids differ between hosts (machine-id(5) asks not to show itself). */
  hostId: z.string(),
  cpus: z.number(),
  accelerator: z.enum(['kvm', 'tcg']),
  /** How many times longer than on a usual PC everything may take here (see Host.pace). */
  pace: z.number().min(1).max(400).default(1),
  /** Whether the lab is made on the PC itself, or on an ordinary user's own host (ground-kind.ts). */
  ground: z.enum(['pc', 'own']).default('pc'),
  /** On a user's own host: what takes his labs out, and null where it is not installed. */
  uplinkProgram: z.enum(['pasta', 'slirp4netns']).nullable().default(null),
  /** Whether a program without rights may ping. */
  mayPing: z.boolean().default(true),
  /** Group of /dev/kvm, when it is not open to all. */
  kvmGroup: z.number().nullable(),
  /** /dev/net/tun is open to root alone. */
  privateTun: z.boolean(),
  /** The user behind sudo; 0 for root itself. */
  invoker: z.int().min(0).max(0xffff_fffe),
  /** systemd runs: what outlives labnet gets a cgroup of its own. */
  systemd: z.boolean().default(false),
  /** NetworkManager runs: it is told to keep off the lab's links. */
  networkManager: z.boolean().default(false),
  /** The iptables that Docker has made its chain DOCKER-USER with; null without Docker. */
  docker: z.enum(['iptables-nft', 'iptables-legacy']).nullable().default(null),
  /** The stored base image; null: not made yet. */
  image: z
    .strictObject({
      name: z.string(),
      path: absolute,
      /** Bytes of its disk; left out: not known. */
      size: z.number().positive().optional(),
      /** Its kernel and initial file system, as paths, and the kernel's arguments; absent: it boots by firmware alone. */
      direct: z.strictObject({ kernel: absolute, initrd: absolute, arguments: z.string() }).optional(),
      /** Others have made it: its NIC may have any name in it. Absent: eth0, as in every image that labnet builds. */
      foreign: z.literal(true).optional(),
    })
    .nullable(),
  /** How to start this very labnet: for the sandbox's stand-in internet. */
  program: z.array(z.string()),
});

export type HostFacts = z.infer<typeof hostFactsSchema>;
