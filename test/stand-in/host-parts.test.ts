/**
 * Each part of a host that is looked at before and after a lab: a change in it shows, in the tests' own snapshot and, where
 * it looks there, in what `destroy --check` compares. A question that has no answer would let every other test pass.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stateParts } from '../../src/observe/host-state.ts';
import { bundle } from '../setup/bundle.ts';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { type StandInPlace, standInPlace } from './place.ts';

const noVlans = 'on this kernel no bridge has VLANs';

type Row = readonly [part: string, what: string, change: string, seen: RegExp, check: string];

/** What changes the part, how that is seen in it, and the part under which --check tells the same, if it does. */
const rows: readonly Row[] = [
  ['links', 'link', 'ip link add name made0 type bridge', /"made0"/, 'links'],
  ['links', 'address', 'ip address add 10.71.0.1/24 dev foreign0', /"10\.71\.0\.1"/, 'links'],
  ['links', 'IPv6 address', 'ip address add fd00:71::1/64 dev foreign0', /"fd00:71::1"/, 'links'],
  ['routes', 'route', 'ip route add 10.72.0.0/24 via 198.51.100.1', /"10\.72\.0\.0\/24"/, 'routes'],
  ['routes', 'IPv6 route', 'ip route add fd00:72::/64 dev up0', /"fd00:72::\/64"/, 'routes'],
  [
    'routes',
    'route of another table',
    'ip route add 10.73.0.0/24 dev up0 table 73',
    /"table":"73"/,
    'routes',
  ],
  ['rules', 'policy rule', 'ip rule add from 10.74.0.0/24 lookup 74', /"10\.74\.0\.0"/, 'rules'],
  ['rules', 'IPv6 policy rule', 'ip -6 rule add from fd00:74::/64 lookup 74', /"fd00:74::"/, 'rules'],
  [
    'nftables',
    'nft rule',
    'nft add rule inet admin post meta mark 75 accept',
    /0x0000004b accept/,
    'nftables',
  ],
  ['iptables', 'iptables rule', 'iptables-legacy -A INPUT -s 10.76.0.1 -j DROP', /10\.76\.0\.1/, 'iptables'],
  ['iptables', 'ip6tables rule', 'ip6tables-legacy -A INPUT -s fd00:76::1 -j DROP', /fd00:76::1/, 'iptables'],
  ['settings', 'setting', 'sysctl -qw net.ipv4.igmp_qrv=7', /^net\.ipv4\.igmp_qrv = 7$/, 'settings'],
  ['bridgePorts', 'bridge port', 'bridge link set dev foreign0 cost 77', /"cost":77/, ''],
  ['vlans', 'VLAN', `bridge vlan add vid 78 dev foreign0 2> /dev/null || echo ${noVlans}`, /"vlan":78/, ''],
  ['mounts', 'mount', 'mkdir "$LAB/made"; mount -t tmpfs tmpfs "$LAB/made"', /own\/made /, 'mounts'],
  ['namespaces', 'namespace', ': > "$PLACE/made"; unshare --net="$PLACE/made" true', /^\d+$/, ''],
  ['cgroups', 'control group', 'mkdir /sys/fs/cgroup/labnet-made', /^labnet-made$/, 'cgroups'],
  [
    'processes',
    'process',
    '(exec -a "$LAB/made" sleep 600) > /dev/null 2>&1 &',
    /own\/made 600/,
    'processes',
  ],
  ['sockets', 'abstract socket', 'python3 -c "$LISTEN" > /dev/null 2>&1', /^@labnet-made$/, 'sockets'],
  ['files', 'mode of a file', 'chmod 604 "$LAB/mode"', /own\/mode 100604 /, ''],
  ['files', 'owner of a file', 'chown 79:80 "$LAB/owner"', /own\/owner 100600 79:80 /, ''],
  ['files', 'content of a file', 'printf x > "$LAB/content"', /own\/content 100600 /, ''],
  ['files', 'large file', 'touch --date=@0 "$LAB/large"', /own\/large 100600 0:0 20971520 0$/, ''],
  ['files', 'base image', 'printf x > "$IMAGE"', /base\.qcow2 /, 'base image'],
  ['temporary', 'temporary directory', 'mkdir /tmp/tmp_-1-made', /^tmp_-1-made$/, ''],
];

const listen = `
import os, socket, time
one = socket.socket(socket.AF_UNIX)
one.bind("\\0labnet-made")
os.fork() or time.sleep(600)`;

/** Before the first look. The cage gets a /tmp of its own: that of the machine is everybody's. */
const prepare = `
umask 077
mount --rbind "$PLACE" /mnt
mount -t tmpfs tmpfs /tmp
mkdir -p "$PLACE"
mount --move /mnt "$PLACE"
mkdir -p "$LAB"
touch "$LAB/mode" "$LAB/owner" "$LAB/content" "$IMAGE"
truncate --size 20M "$LAB/large"`;

const source = (name: string) =>
  JSON.stringify(fileURLToPath(new URL(`../../src/${name}.ts`, import.meta.url)));

/** Keeps a snapshot as provision does; the next time, prints what --check tells. */
const check = `
import { differencesSince, loadSnapshot, saveSnapshot } from ${source('labs/snapshot')};
import { hashFile } from ${source('host/plain-file')};
import { localHost } from ${source('host/local-host')};
const [, , state, run, path] = process.argv;
const [host, roots] = [localHost(), { state, run, cache: '' }];
const before = await loadSnapshot('own', host, roots);
if (before !== undefined) console.log((await differencesSince(before, 'own', host, roots)).join('\\n'));
else await saveSnapshot('own', { path, sha256: await hashFile(path, 'sha256') }, host, roots);
`;

let place: StandInPlace;
let before: Snapshot;
let after: Snapshot;
/** What the changes printed, and --check afterwards. */
let said: string;
let told: readonly string[];

beforeAll(async () => {
  place = await standInPlace();
  const { directory, state, run, inHost } = place;
  const [program, image] = [join(directory, 'check.mjs'), join(state, 'base.qcow2')];
  const names = { PLACE: directory, LAB: join(state, 'labs', 'own'), IMAGE: image, LISTEN: listen };
  const env = Object.entries(names).map(([name, value]) => `${name}=${value}`);
  const shell = (script: string) => inHost('env', ...env, 'bash', '-e', '-c', script);
  const compare = () => inHost('node', program, state, run, image);
  await bundle(check, program);
  await shell(prepare);
  await compare();
  before = await place.snapshot();
  said = await shell(rows.map(([, , change]) => change).join('\n'));
  after = await place.snapshot();
  told = (await compare()).split('\n');
});

afterAll(() => place.close());

/** The lines of a part that were not there before. */
function fresh(part: string): readonly string[] {
  const [old, now] = [before, after].map((one) =>
    [one[part]].flat().map((line) => (typeof line === 'string' ? line : JSON.stringify(line))),
  );
  return (now ?? []).filter((line) => !old?.includes(line));
}

test.each(rows)('%s: a new or changed %s is seen', (part, _what, _change, seen, checked) => {
  if (part === 'vlans' && said === noVlans) expect(after.vlans).toEqual([]);
  else expect(fresh(part)).toContainEqual(expect.stringMatching(seen));
  if (checked === '') return;
  const lines = told.filter((line) => line.startsWith(`${checked}: `));
  expect(lines.map((line) => line.replace(/^.*?: new: /, ''))).toContainEqual(expect.stringMatching(seen));
});

test('each part has its row', () => {
  const parts = new Set(rows.map(([part]) => part));
  expect([...parts].sort()).toEqual(Object.keys(before).sort());
  const checked = new Set(rows.map(([, , , , part]) => part));
  expect(stateParts.filter((part) => !checked.has(part))).toEqual([]);
});
