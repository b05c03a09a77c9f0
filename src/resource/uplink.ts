import { findProcess } from '../action/stop-process.ts';
import type { Host } from '../host/host.ts';
import { holdsNamespace } from '../host/namespace.ts';
import { readLink } from '../observe/links.ts';
import { absent, oursUnless, type ResourceType, type SpecBase } from './resource-type.ts';

/**
 * The way out of a namespace for a user without root: a program takes what the namespace sends, and asks for it outside as
 * an ordinary program of the user's. With pasta(1) the namespace has the address and the router of the PC's own uplink;
 * slirp4netns(1) is for PCs that have no pasta.
 */
export interface UplinkSpec extends SpecBase {
  readonly kind: 'uplink';
  readonly program: 'pasta' | 'slirp4netns';
  readonly namespace: string;
  /** The link that appears in the namespace. */
  readonly name: string;
  /** The link of the PC that the lab file names; left out: the one by which the PC goes. */
  readonly by?: string | undefined;
  readonly mtu: number;
  readonly uuid: string;
  readonly uid: number;
  /** File that slirp4netns makes when it is up, and its log. */
  readonly ready: string;
  readonly log: string;
}

/** What slirp4netns gives to a namespace, unless it is told otherwise (slirp4netns(1)). */
export const slirpNetwork = { network: '10.0.2.0/24', gateway: '10.0.2.2' } as const;

/**
 * Starts a program with the path of a network namespace, as that of a process in it which has no right at all: the
 * AppArmor profile that Debian has for pasta allows /proc/PID/ns/net and no path of labnet's, and without rights over the
 * process the kernel would not let pasta look. The process ends by itself; the program has the namespace open by then.
 */
const byProcess = String.raw`my ($namespace, @command) = @ARGV;
pipe my $up, my $down or die "pipe: $!\n";
defined(my $pid = fork) or die "fork: $!\n";
if (!$pid) {
  open STDOUT, ">&", $down;
  open STDERR, ">", "/dev/null";
  exec "nsenter", "--net=$namespace", "--", "setpriv", "--inh-caps=-all", "--bounding-set=-all", "perl", "-e", '$| = 1; print "\n"; close STDOUT; sleep 20';
  exit 1;
}
close $down;
defined readline $up or die "$namespace cannot be entered\n";
exec @command, "/proc/$pid/ns/net" or die "$command[0]: $!\n";
`;

/** Starts a program under a name of ours, by which it is found again. */
const named = 'my $program = shift; exec { $program } @ARGV or die "$program: $!\\n"';

export const uplink: ResourceType<UplinkSpec> = {
  kind: 'uplink',
  why: ({ program, name }) =>
    `the lab's way out without root: what leaves by ${name} of its namespace, ${program} asks for as a program of yours`,
  create: (spec) => (spec.program === 'pasta' ? byPasta(spec) : bySlirp(spec)),
  repair: (spec) => uplink.remove(spec),
  remove: ({ uuid, uid, ready, log }) => [
    { do: 'stop-process', uuid, uid },
    { do: 'remove', path: ready },
    { do: 'remove', path: log },
  ],
  wish: ({ namespace, name, by, uuid }) => ({ namespace, name, by, uuid }),
  async inspect({ uuid, uid, namespace, name }, { host }) {
    const process = await findProcess(uuid, uid, host);
    if (process === undefined) return absent;
    const { pid, startTime } = process;
    return oursUnless(await linkDifferences(name, namespace, host), { pid, startTime });
  },
};

/** It goes to the background when the link is up. */
function byPasta({ namespace, name, by, mtu, uuid }: UplinkSpec): ReturnType<typeof uplink.create> {
  const command = [
    ...['pasta', '--quiet', '--ipv4-only', '--config-net'],
    ...['--ns-ifname', name, '--mtu', String(mtu)],
    ...(by === undefined ? [] : ['--interface', by]),
    // Else the router's address would lead to the PC's own loopback (pasta(1)).
    '--no-map-gw',
    // No port of the PC leads into the lab, and none of the lab to the PC's loopback.
    ...['--tcp-ports', 'none', '--udp-ports', 'none', '--tcp-ns', 'none', '--udp-ns', 'none'],
    // Nobody asks for it: on the command line it proves whose process this is.
    ...['--search', uuid],
    ...['--netns-only', '--no-netns-quit', '--netns'],
  ];
  return [{ do: 'run', argv: ['perl', '-', namespace, ...command], stdin: byProcess }];
}

function bySlirp({
  namespace,
  name,
  by,
  mtu,
  uuid,
  ready,
  log,
}: UplinkSpec): ReturnType<typeof uplink.create> {
  return [
    // A killed one leaves it, and it would pass for the new one's.
    { do: 'remove', path: ready },
    {
      do: 'spawn',
      argv: [
        ...['perl', '-e', named, 'slirp4netns', uuid, '--configure', `--mtu=${mtu}`],
        ...(by === undefined ? [] : [`--outbound-addr=${by}`]),
        ...['--disable-host-loopback', `--api-socket=${ready}`, '--netns-type=path', namespace, name],
      ],
      ready: { path: ready, seconds: 20 },
      log,
    },
  ];
}

async function linkDifferences(name: string, namespace: string, host: Host): Promise<readonly string[]> {
  if (!(await holdsNamespace(namespace, host))) return ['its namespace is gone'];
  const link = await readLink(host, name, namespace);
  if (link?.up !== true) return [`${name} is ${link === undefined ? 'gone' : 'down'}`];
  return link.addresses.length > 0 ? [] : [`${name} has no address`];
}
