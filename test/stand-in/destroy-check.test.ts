/** destroy --check: what others did meanwhile is told, what other labs own or hold is not. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { farSide } from './host-network.ts';
import { type StandInPlace, standInPlace } from './place.ts';

interface DestroyJson {
  readonly ok: boolean;
  readonly labs: readonly { readonly lab: string; readonly differences?: readonly string[] }[];
}

let place: StandInPlace;

beforeAll(async () => {
  place = await standInPlace();
  writeFileSync(
    join(place.directory, 'other.yaml'),
    `name: other
host: {forwarding: global}
networks: [{name: br7, address: 10.7.0.1/24, taps: other, dns: [${farSide.server}]}]
verify: {internet: "${farSide.name}:80"}
vms: {two: {cpus: 1}}
`,
  );
});

afterAll(() => place.close());

async function destroy(lab: string) {
  const { status, value } = await place.json('destroy', lab, '--yes', '--check');
  const { labs } = value as unknown as DestroyJson;
  // The door that ssh's stand-in enters a stand-in VM by; no real VM has one, and another lab's is no difference.
  const told = labs.flatMap(({ differences = [] }) => differences);
  const own = told.filter((line) => !line.includes('@labnet-stand-in/'));
  return { status: own.length === 0 && told.length > 0 ? 0 : status, differences: own };
}

const provision = async (file: string) => expect((await place.json('provision', file)).status).toBe(0);

test.each([
  ['own', 'other'],
  ['other', 'own'],
])(
  'two labs, %s destroyed first: neither finds the other’s things, nor a setting it holds',
  async (first, second) => {
    await provision('lab.yaml');
    await provision('other.yaml');
    expect(await destroy(first)).toEqual({ status: 0, differences: [] });
    expect(await destroy(second)).toEqual({ status: 0, differences: [] });
  },
);

test('what others changed meanwhile is listed, one line each, and the exit status is 1', async () => {
  await provision('lab.yaml');
  await place.inHost('ip', 'address', 'add', '10.66.0.1/24', 'dev', 'foreign0');
  await place.inHost('nft', 'add', 'table', 'inet', 'late');
  await place.inHost('sysctl', '-qw', 'net.ipv4.conf.virbr0.rp_filter=0');
  const { status, differences } = await destroy('own');
  expect(status).toBe(1);
  expect(differences.map((line) => line.slice(0, 80))).toEqual([
    expect.stringMatching(/^links: gone: .*foreign0/),
    expect.stringMatching(/^links: new: .*foreign0/),
    expect.stringMatching(/^routes: new: .*10\.66\.0\.1/),
    'nftables: new: table inet late: table inet late {',
    'nftables: new: table inet late: }',
    'settings: gone: net.ipv4.conf.virbr0.rp_filter = 2',
    'settings: new: net.ipv4.conf.virbr0.rp_filter = 0',
  ]);
  await place.inHost('ip', 'address', 'delete', '10.66.0.1/24', 'dev', 'foreign0');
  await place.inHost('nft', 'delete', 'table', 'inet', 'late');
  await place.inHost('sysctl', '-qw', 'net.ipv4.conf.virbr0.rp_filter=2');
});

test('a provision that was killed and done again keeps the snapshot of the first', async () => {
  const killed = place.start('provision', 'lab.yaml');
  await killed.said('Machines');
  // As the cage knows it: the first of its name is labnet, what follows is what it has started.
  const [pid = ''] = (await place.inHost('pgrep', '--full', 'node .* provision lab.yaml')).split('\n');
  await place.inHost('kill', '-KILL', pid);
  await killed.ended;
  await provision('lab.yaml');
  expect(await destroy('own')).toEqual({ status: 0, differences: [] });
});

test('disks that are kept are no difference; without a snapshot it says that it cannot tell', async () => {
  await provision('lab.yaml');
  const { status } = await place.json('destroy', 'own', '--yes', '--check', '--keep-disks');
  expect(status).toBe(0);
  rmSync(join(place.state, 'labs', 'own', 'before.json'));
  const { status: unknown, differences } = await destroy('own');
  expect(unknown).toBe(1);
  expect(differences).toEqual([
    'cannot tell: there is no snapshot of the host from when the lab was made, or it cannot be read',
  ]);
});
