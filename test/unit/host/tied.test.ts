import { expect, test } from 'vitest';
import { tiedIn } from '../../../src/host/tied.ts';

const words = (text: string) => text.split(' ');
const tied = (text: string, namespace?: string) => tiedIn(words(text), namespace).join(' ');

test.each([
  'ip link delete dev br0',
  'ip -batch -',
  'ip link set dev show alias get',
  'nft --file -',
  'nft delete table inet labnet_list',
  'nft monitor trace',
  'sysctl --quiet --write net.ipv4.ip_forward=1',
  'iptables-legacy --insert FORWARD',
  'qemu-img info disk',
])('what changes something, or may wait, ends with labnet: %s', (line) => {
  expect(tied(line)).toBe(`setpriv --pdeathsig KILL ${line}`);
  expect(tied(line, '/run/ns')).toBe(`setpriv --pdeathsig KILL nsenter --net=/run/ns -- ${line}`);
});

test.each([
  'ip -details -json address show dev br0',
  'ip -json -4 route get 198.51.100.1',
  'nft --json --stateless --terse list ruleset',
  'sysctl --ignore net.ipv4.ip_forward',
  'iptables-nft-save',
  'ip6tables-legacy-save',
])('what only looks is started as it is: %s', (line) => {
  expect(tied(line)).toBe(line);
  expect(tied(line, '/run/ns')).toBe(`nsenter --net=/run/ns -- ${line}`);
});

test('a change of uid takes the tie back, so it comes after', () => {
  const line = 'setpriv --reuid 65534 -- qemu-img info disk';
  const after = 'setpriv --pdeathsig KILL --reuid 65534 -- qemu-img info disk';
  expect(tied(line)).toBe(after);
  expect(tied(line, '/run/ns')).toBe(`setpriv --pdeathsig KILL nsenter --net=/run/ns -- ${after}`);
});

test.each([
  ['another root', 'unshare --root=/v -- '],
  ['a user namespace', 'unshare --user --map-root-user --root=/v -- '],
  ['mounts that others hold, and another root', 'nsenter --mount=/proc/42/ns/mnt -- unshare --root=/v -- '],
])('so it is where the change comes behind %s', (_, starter) => {
  expect(tied(`${starter}setpriv --inh-caps=-all -- qemu-img info disk`)).toBe(
    `setpriv --pdeathsig KILL ${starter}setpriv --pdeathsig KILL --inh-caps=-all -- qemu-img info disk`,
  );
});
