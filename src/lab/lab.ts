/**
 * What the user asked for, validated and complete: every default filled in, every name settled. What follows from a VM's
 * number is settled when planning. Only validate.ts makes one.
 */

export interface Lab {
  readonly name: string;
  /** The name of a recipe or of a stored image. */
  readonly image: string;
  /**
   * `interface`: forwarding for the bridge and the links that guests go out by, and no other; `global`:
   * net.ipv4.ip_forward.
   */
  readonly forwarding: 'interface' | 'global';
  readonly network: Network;
  readonly vms: readonly Vm[];
  /** Whether bridge, NAT and a stand-in internet are in network namespaces of their own. */
  readonly sandbox: boolean;
  /** What the probes toward the internet try, after the uplink's gateway: "host:port". */
  readonly probeTarget: string | undefined;
}

/** The network of a lab, with its values as in the lab file. */
export interface Network {
  /** The name of the bridge. */
  readonly name: string;
  /** The host's own address on the bridge, and the guests' gateway. */
  readonly address: string;
  readonly prefix: number;
  readonly nat: boolean;
  /** An interface, or `auto`: that of the default route, and the other links that the host itself goes by. */
  readonly uplink: string;
  /** Resolvers, or `auto`: the host's real ones. */
  readonly dns: 'auto' | readonly string[];
  readonly mtu: 'auto' | number;
  /** `lan`: guests are kept off the host's own local networks. */
  readonly isolate: 'auto' | 'none' | 'lan';
  /** Ports of the host that guests may connect to: "80/tcp". */
  readonly hostPorts: readonly string[];
  /** The prefix of the taps' names. */
  readonly taps: string;
}

/** A VM of a lab, with every value settled. */
export interface Vm {
  readonly name: string;
  readonly hostname: string;
  /** The address of the lab file; undefined: it follows from the VM's number when planning. */
  readonly address: string | undefined;
  /** The MAC address of the lab file; undefined: it is derived from host, lab and VM when planning. */
  readonly mac: string | undefined;
  readonly cpus: number;
  /** The VM's memory in mebibytes. */
  readonly memory: number;
  /** The size of the disk in bytes. */
  readonly disk: number;
  readonly nic: 'virtio' | 'e1000';
  readonly bus: 'virtio' | 'ide';
  /**
   * `direct`: QEMU starts the image's kernel itself, where the image has one for it; `firmware`: the disk's boot
   * loader.
   */
  readonly boot: 'direct' | 'firmware';
  readonly user: string;
  /** Groups of the user beside its own; they are made in the VM where they are not there. */
  readonly groups: readonly string[];
  readonly packages: readonly string[];
  readonly files: readonly GuestFile[];
  readonly run: readonly string[];
  readonly hosts: Readonly<Record<string, string>>;
  readonly sshKeys: readonly string[];
  /** A plain password or a crypt(5) hash; a secret. */
  readonly password: string | undefined;
  readonly cloudConfig: Readonly<Record<string, unknown>>;
}

/** A file that is written in a VM at its first boot. */
export interface GuestFile {
  readonly path: string;
  readonly content: string;
  /** The permissions as octal digits, as for chmod(1). */
  readonly mode: string;
}
