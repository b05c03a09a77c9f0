/** ip(8), as iproute2 6.1 on Linux 6.x answers what labnet asks it. */
import type { Output } from '../../src/host/host.ts';
import { done, refuses, says, unknown } from './answer.ts';
import type { MemoryLink, NetworkNamespace } from './network-namespace.ts';
import type { World } from './world.ts';

type Words = readonly string[];

export function ipCommand(argv: Words, stdin: string, namespace: NetworkNamespace, world: World): Output {
  const [, ...words] = argv;
  const line = words.join(' ');
  if (line === '-batch -') return batch(stdin, namespace, world);
  if (line.startsWith('-details -json address show')) return show(words.slice(4), namespace);
  if (line.startsWith('link add name ')) return addBridge(words.slice(3), argv, namespace);
  if (line.startsWith('link add dev ')) return addVeth(words.slice(3), argv, namespace, world);
  if (line.startsWith('link set dev ')) return setLink(words.slice(3), argv, namespace);
  if (line.startsWith('link delete dev ')) return deleteLink(words.slice(3), argv, namespace, world);
  if (line.startsWith('tuntap add dev ')) return addTap(words.slice(3), argv, namespace);
  if (line.startsWith('address add ')) return addAddress(words.slice(2), argv, namespace);
  if (line.startsWith('address replace ')) return addAddress(words.slice(2), argv, namespace);
  if (line.startsWith('route add default via ')) return addRoute(words.slice(4), argv, namespace);
  return unknown(argv);
}

/** The first line that fails ends it; what was done before it stays. */
function batch(lines: string, namespace: NetworkNamespace, world: World): Output {
  for (const [index, line] of lines.trimEnd().split('\n').entries()) {
    const { status, stderr } = ipCommand(['ip', ...line.split(' ')], '', namespace, world);
    if (status !== 0) return refuses(1, `${stderr}Command failed -:${index + 1}`);
  }
  return done;
}

const exists = refuses(2, 'RTNETLINK answers: File exists');
const noDevice = (name: string) => refuses(1, `Cannot find device "${name}"`);

function show(words: Words, { links }: NetworkNamespace): Output {
  const [dev, name = ''] = words;
  if (dev === undefined) return says(JSON.stringify([...links.values()].map(describe)));
  const link = links.get(name);
  return link === undefined
    ? refuses(1, `Device "${name}" does not exist.`)
    : says(JSON.stringify([describe(link)]));
}

function describe(link: MemoryLink): object {
  const { name, alias, up, mtu, mac, master, kind, addresses, holder, uid } = link;
  const carrier = up && (kind !== 'tun' || holder !== undefined);
  return {
    ifname: name,
    flags: ['BROADCAST', 'MULTICAST', ...(up ? ['UP'] : []), ...(carrier ? ['LOWER_UP'] : [])],
    mtu,
    ...(master === undefined ? {} : { master }),
    address: mac,
    ...(alias === undefined ? {} : { ifalias: alias }),
    ...(kind === undefined ? {} : { linkinfo: { info_kind: kind, info_data: { user: uid } } }),
    addr_info: addresses.map((address) => {
      const [local, prefix] = address.split('/');
      return { family: 'inet', local, prefixlen: Number(prefix), scope: 'global', label: name };
    }),
  };
}

function addBridge(words: Words, argv: Words, namespace: NetworkNamespace): Output {
  const [name = '', , mac = '', , mtu = '', ...rest] = words;
  if (rest.join(' ') !== 'type bridge stp_state 0 forward_delay 0') return unknown(argv);
  if (namespace.links.has(name)) return exists;
  namespace.addLink({ name, kind: 'bridge', mac, mtu: Number(mtu) });
  return done;
}

function addVeth(words: Words, argv: Words, namespace: NetworkNamespace, world: World): Output {
  const [name = '', type, kind, peer, , farName = '', netns, farPath = '', ...rest] = words;
  if ([type, kind, peer, netns, ...rest].join(' ') !== 'type veth peer netns') return unknown(argv);
  const far = world.namespaceAt(farPath);
  if (far === undefined) return refuses(255, `Error: argument "${farPath}" is wrong: Invalid "netns" value`);
  if (namespace.links.has(name) || far.links.has(farName)) return exists;
  namespace.addLink({ name, kind: 'veth', peer: { namespace: far.id, name: farName } });
  far.addLink({ name: farName, kind: 'veth', peer: { namespace: namespace.id, name } });
  return done;
}

/** The options are looked up before the first is set, as ip does. */
function setLink(words: Words, argv: Words, namespace: NetworkNamespace): Output {
  const [name = '', ...options] = words;
  const link = namespace.links.get(name);
  if (link === undefined) return noDevice(name);
  const changes: Partial<Pick<MemoryLink, 'alias' | 'mac' | 'mtu' | 'master' | 'up'>> = {};
  for (const rest = [...options]; rest.length > 0; ) {
    const option = rest.shift();
    if (option === 'up') changes.up = true;
    else if (option === 'alias') changes.alias = rest.shift();
    else if (option === 'address') changes.mac = rest.shift() ?? '';
    else if (option === 'mtu') changes.mtu = Number(rest.shift());
    else if (option === 'master') {
      const master = rest.shift() ?? '';
      if (!namespace.links.has(master))
        return refuses(255, `Error: argument "${master}" is wrong: Device does not exist`);
      if (namespace.links.get(master)?.kind !== 'bridge')
        return refuses(2, 'RTNETLINK answers: Operation not supported');
      changes.master = master;
    } else return unknown(argv);
  }
  Object.assign(link, changes);
  return done;
}

function deleteLink(words: Words, argv: Words, namespace: NetworkNamespace, world: World): Output {
  const [name = '', ...rest] = words;
  if (rest.length > 0) return unknown(argv);
  const link = namespace.links.get(name);
  if (link === undefined) return noDevice(name);
  if (link.kind === undefined) return refuses(2, 'RTNETLINK answers: Operation not supported');
  world.removeLink(namespace, name);
  return done;
}

function addTap(words: Words, argv: Words, namespace: NetworkNamespace): Output {
  const [name = '', mode, tap, user, uid, ...rest] = words;
  if ([mode, tap, user, ...rest].join(' ') !== 'mode tap user') return unknown(argv);
  if (namespace.links.has(name)) return refuses(1, 'ioctl(TUNSETIFF): Device or resource busy');
  namespace.addLink({ name, kind: 'tun', uid: Number(uid) });
  return done;
}

function addAddress(words: Words, argv: Words, namespace: NetworkNamespace): Output {
  const [address = '', dev, name = '', ...rest] = words;
  if (dev !== 'dev' || rest.length > 0) return unknown(argv);
  const link = namespace.links.get(name);
  if (link === undefined) return noDevice(name);
  if (link.addresses.includes(address) && argv[2] === 'replace') return done;
  if (link.addresses.includes(address)) return refuses(2, 'Error: ipv4: Address already assigned.');
  link.addresses.push(address);
  return done;
}

function addRoute(words: Words, argv: Words, namespace: NetworkNamespace): Output {
  const [gateway = '', ...rest] = words;
  if (rest.length > 0) return unknown(argv);
  const reachable = [...namespace.links.values()].some(
    ({ up, name, addresses }) => up && name !== 'lo' && addresses.length > 0,
  );
  if (!reachable) return refuses(2, 'Error: Nexthop has invalid gateway.');
  if (namespace.routes.length > 0) return exists;
  namespace.routes.push(`default via ${gateway}`);
  return done;
}
