/** One table as different nfts print it, and what has changed of it. */
import { expect, test } from 'vitest';
import { changesOf, lackOf, readTable } from '../../../src/resource/nft-listing.ts';

/** As nft 1.0.6 of Debian 12 prints it. */
const bookworm = `table inet labnet_lab { # handle 7
	comment "labnet:lab"
	chain clamp { # handle 1
		type filter hook forward priority mangle; policy accept;
		iifname "br0" tcp flags syn / syn,rst tcp option maxseg size set rt mtu # handle 3
		oifname "br0" ip daddr { 10.0.0.1, 10.0.0.2 } drop # handle 5
	}
	chain from_tap0 { # handle 2
		type filter hook ingress device "tap0" priority filter; policy drop;
		accept # handle 6
	}
}
`;

/** The same table of the kernel as nft 1.1 of Debian 13 prints it. */
const trixie = bookworm
  .replace('syn / syn,rst', '& (syn | rst) == syn')
  .replace('{ 10.0.0.1, 10.0.0.2 }', '{ 10.0.0.1,\n\t\t\t10.0.0.2 }')
  .replace('priority mangle', 'priority -150')
  .replace('device "tap0" priority filter', 'devices = { "tap0" } priority filter');

const chains = (text: string) => readTable(text).chains;
const look = (text: string, boot = 'this boot') => ({ boot, ...readTable(text) });
const recorded = chains(bookworm);
const changes = (text: string, boot?: string) => changesOf(look(bookworm), look(text, boot));

test('the chains, their policies and devices, and the rules with their handles are read', () => {
  const { comment, others } = readTable(bookworm);
  expect(comment).toBe('labnet:lab');
  expect(others).toEqual([]);
  expect(recorded).toMatchObject([
    { name: 'clamp', policy: 'accept', devices: [], rules: [{ handle: 3 }, { handle: 5 }] },
    { name: 'from_tap0', policy: 'drop', devices: ['tap0'], rules: [{ handle: 6, text: 'accept' }] },
  ]);
});

test('another nft that prints the same rules in its own way sees no change', () => {
  expect(chains(trixie)).not.toEqual(recorded);
  expect(changes(trixie)).toEqual([]);
});

test('the same rules saved and loaded again, under other handles, are no change', () => {
  expect(changes(bookworm.replace(/handle (\d)/g, 'handle 1$1'))).toEqual([]);
});

test.each([
  ['in another table of that name', bookworm.replace('lab { # handle 7', 'lab { # handle 8'), 'this boot'],
  ['after a reboot', bookworm, 'the next boot'],
])(
  'a rule that was changed while it was saved is told, though its handle is the same: %s',
  (_, text, boot) => {
    expect(changes(text.replace('drop #', 'accept #'), boot)).toContainEqual(
      expect.stringMatching(/lacks: .* drop$/),
    );
  },
);

test.each<[string, (text: string) => string, string]>([
  ['a rule gone', (text) => text.replace(/.*handle 5\n/, ''), 'lacks: oifname "br0" ip daddr'],
  [
    'a rule in the place of another',
    (text) => text.replace('drop # handle 5', 'accept # handle 9'),
    'has besides: oifname "br0" ip daddr { 10.0.0.1, 10.0.0.2 } accept',
  ],
  [
    'a rule besides',
    (text) => text.replace('\t\taccept #', '\t\tdrop # handle 9\n\t\taccept #'),
    'has besides: drop',
  ],
  [
    'rules in another order',
    (text) => text.replace(/(.*handle 3\n)(.*handle 5\n)/, '$2$1'),
    'has the rules of clamp in another order',
  ],
  [
    'another policy',
    (text) => text.replace('policy drop', 'policy accept'),
    'has policy accept in from_tap0',
  ],
  ['no device', (text) => text.replace('device "tap0" ', ''), 'has from_tap0 at no device, not at tap0'],
  ['no chain', (text) => text.replace(/\tchain from_tap0[^}]*\}\n/, ''), 'lacks: chain from_tap0'],
  [
    'a chain besides',
    (text) => text.replace('\tchain clamp', '\tchain mine { # handle 9\n\t}\n\tchain clamp'),
    'has besides: chain mine',
  ],
])('%s is told', (_, change, said) => {
  expect(changes(change(bookworm)).join('\n')).toContain(said);
});

test('sets and maps of somebody are told as what is in the table besides, with all that is in them', () => {
  const set = '\tset mine { # handle 8\n\t\ttype ipv4_addr\n\t\telements = { 10.0.0.1 }\n\t}\n\tchain clamp';
  const text = bookworm.replace('\tchain clamp', set);
  expect(readTable(text).others).toEqual(['set mine {']);
  expect(changes(text)).toEqual([]);
});

test('of a table that was just made, how many rules there are in each chain is compared, however they are printed', () => {
  expect(lackOf(recorded, chains(trixie))).toEqual([]);
  const half = chains(trixie.replace(/.*handle 3\n/, ''));
  expect(lackOf(recorded, half).join()).toMatch(/has \d rules in clamp, not 2/);
});
