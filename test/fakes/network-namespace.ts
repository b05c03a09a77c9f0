/** One network namespace of a memory host: links with their settings, routes, nft tables. */

/** net.ipv4.conf.NAME.* and net.ipv6.conf.NAME.*, as far as labnet and its tests touch them. */
export interface InterfaceSettings {
  forwarding: string;
  accept_redirects: string;
  disable_ipv6: string;
}

export interface MemoryLink {
  readonly name: string;
  /** Undefined for a physical interface. */
  readonly kind: 'bridge' | 'tun' | 'veth' | undefined;
  alias: string | undefined;
  mac: string;
  mtu: number;
  up: boolean;
  master: string | undefined;
  readonly addresses: string[];
  /** The only uid that may open a tap. */
  readonly uid: number | undefined;
  /** The process that has opened a tap: while there is one, the tap has a carrier. */
  holder: number | undefined;
  /** The other end of a veth. */
  peer: { readonly namespace: string; readonly name: string } | undefined;
  readonly settings: InterfaceSettings;
}

export class NetworkNamespace {
  readonly id: string;
  readonly links = new Map<string, MemoryLink>();
  /** The text of each table by family and name, as nft prints it. */
  readonly tables = new Map<string, string>();
  readonly routes: string[] = [];
  /** False on a kernel booted with ipv6.disable=1: there are no settings of IPv6. */
  ipv6 = true;
  /** net.ipv4.ip_unprivileged_port_start: the first port that a process without rights may listen at. */
  unprivilegedPortStart = '1024';
  /** The rules of Docker's chain DOCKER-USER, as iptables-nft prints them; undefined without Docker. */
  dockerUser: string[] | undefined;
  readonly all: InterfaceSettings = { forwarding: '0', accept_redirects: '1', disable_ipv6: '0' };
  readonly default: InterfaceSettings = { forwarding: '0', accept_redirects: '1', disable_ipv6: '0' };

  constructor(id: string) {
    this.id = id;
    this.addLink({ name: 'lo', mtu: 65_536, mac: '00:00:00:00:00:00' });
  }

  /** The same namespace, changed apart from here on. */
  copy(): NetworkNamespace {
    const copy = new NetworkNamespace(this.id);
    for (const [name, link] of this.links) copy.links.set(name, structuredClone(link));
    for (const [name, text] of this.tables) copy.tables.set(name, text);
    copy.routes.push(...this.routes);
    copy.ipv6 = this.ipv6;
    copy.unprivilegedPortStart = this.unprivilegedPortStart;
    copy.dockerUser = this.dockerUser?.slice();
    Object.assign(copy.all, this.all);
    Object.assign(copy.default, this.default);
    return copy;
  }

  /** A new interface takes the settings that `default` has at this moment. */
  addLink(link: Partial<Omit<MemoryLink, 'settings'>> & { readonly name: string }): MemoryLink {
    const made: MemoryLink = {
      kind: undefined,
      alias: undefined,
      mac: '02:ff:00:00:00:01',
      mtu: 1500,
      up: false,
      master: undefined,
      addresses: [],
      uid: undefined,
      holder: undefined,
      peer: undefined,
      ...link,
      settings: { ...this.default },
    };
    this.links.set(made.name, made);
    return made;
  }

  /** Ports of a bridge become free, and routes through the link's subnets go with it. */
  removeLink(name: string): void {
    this.links.delete(name);
    for (const link of this.links.values()) if (link.master === name) link.master = undefined;
    if (![...this.links.values()].some(({ addresses, up }) => up && addresses.length > 0))
      this.routes.length = 0;
  }

  snapshot(): object {
    const byName = <T>(map: ReadonlyMap<string, T>) =>
      Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
    // That a tap is held, not by which pid: that differs from run to run.
    const links = [...this.links].map(
      ([name, link]) =>
        [name, { ...link, holder: link.holder === undefined ? 'nobody' : 'a process' }] as const,
    );
    return structuredClone({
      links: byName(new Map(links)),
      tables: byName(this.tables),
      routes: this.routes,
      dockerUser: this.dockerUser,
      unprivilegedPortStart: this.unprivilegedPortStart,
      all: this.all,
      default: this.default,
    });
  }
}
