import { firewallRules } from './firewall-rules.ts';
import { markOf } from './mark.ts';
import { absent, oursUnless, type ResourceType, type SpecBase } from './resource-type.ts';

/** One nft table that holds all rules of a lab: NAT, what is forwarded, what reaches the host. */
export interface FirewallSpec extends SpecBase {
  readonly kind: 'firewall';
  readonly lab: string;
  readonly table: string;
  readonly bridge: string;
  readonly subnet: string;
  readonly uplink?: string | undefined;
  readonly namespace?: string | undefined;
}

export const firewall: ResourceType<FirewallSpec> = {
  kind: 'firewall',
  why: ({ uplink, subnet }) =>
    uplink === undefined
      ? `keeps ${subnet} to itself: nothing is forwarded to or from other networks`
      : `lets the guests reach the outside through ${uplink} under the host's address (masquerade), and nobody reach them unasked`,
  create: (spec) => [
    {
      do: 'run',
      namespace: spec.namespace,
      argv: ['nft', '--file', '-'],
      stdin: rulesOf(spec),
    },
  ],
  remove: ({ table, namespace }) => [
    { do: 'run', namespace, argv: ['nft', 'delete', 'table', 'inet', table] },
  ],
  async inspect(spec, { host }) {
    if (spec.namespace !== undefined && (await host.stat(spec.namespace)) === undefined) return absent;
    // The text, not the JSON: nft 1.0.6 leaves a table's comment out of its JSON.
    const argv = ['nft', '--stateless', 'list', 'table', 'inet', spec.table];
    const { status, stdout } = await host.run(argv, { namespace: spec.namespace, accept: [0, 1] });
    if (status !== 0) return absent;
    if (!stdout.includes(`comment "${markOf(spec.lab)}"`)) {
      return {
        state: 'foreign',
        evidence: `an nft table inet ${spec.table} exists without labnet's comment`,
      };
    }
    const expected = normalise(rulesOf(spec));
    const found = normalise(stdout);
    const missing = expected.filter((line) => !found.includes(line));
    const added = found.filter((line) => !expected.includes(line));
    return oursUnless([
      ...missing.map((line) => `table ${spec.table} lacks: ${line}`),
      ...added.map((line) => `table ${spec.table} has besides: ${line}`),
    ]);
  },
};

function rulesOf({ lab, table, bridge, subnet, uplink }: FirewallSpec): string {
  return firewallRules({ table, mark: markOf(lab), bridge, subnet, uplink });
}

/** The rules and chain heads: nft prints them as they were written, without comments and with other indents. */
function normalise(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '}' && !/^(#|create |table |comment )/.test(line));
}
