import type { Action } from '../action/action.ts';
import { look } from '../observe/look.ts';
import { markOf } from './mark.ts';
import { absent, oursUnless, type ResourceType, type SpecBase } from './resource-type.ts';

/**
 * Two rules in DOCKER-USER, the chain that Docker leaves to others. Docker drops what is forwarded and not its own, and
 * no other table's accept overrules that. By iptables, since the chain is iptables's own.
 */
export interface DockerUserSpec extends SpecBase {
  readonly kind: 'docker-user';
  readonly lab: string;
  readonly bridge: string;
  /** The one that Docker has made its chain with. */
  readonly program: 'iptables-nft' | 'iptables-legacy';
}

export const dockerUser: ResourceType<DockerUserSpec> = {
  kind: 'docker-user',
  why: ({ bridge }) =>
    `lets the packets of ${bridge} pass Docker, which drops all that is forwarded and not its own (docs.docker.com, "Packet filtering and firewalls")`,
  // In front: Docker's own chain may end in a return, and a user's rules in a drop.
  create: (spec) => directions.map((direction) => change(spec, '-I', direction)),
  remove: (spec) => directions.map((direction) => change(spec, '-D', direction)),
  repair: (spec) => [
    ...directions.map((direction) => ({ ...change(spec, '-D', direction), mayFail: true })),
    ...directions.map((direction) => change(spec, '-I', direction)),
  ],
  async inspect(spec, { host }) {
    const text = (await look([spec.program, '-w', '-S', chain], noChain, { host })) ?? '';
    const lines = text.split('\n').filter((line) => line.startsWith(`-A ${chain} `));
    const places = directions.map((direction) => lines.findIndex((line) => lets(line, direction, spec)));
    if (places.every((place) => place === -1)) return absent;
    const before = lines.slice(0, Math.max(...places)).filter((line) => !isOfLabnet(line));
    return oursUnless([
      ...places.flatMap((place, index) =>
        place === -1 ? [`${chain} lacks: ${rule(spec, directions[index] ?? '').join(' ')}`] : [],
      ),
      ...before.map((line) => `${chain} has in front: ${line.slice(`-A ${chain} `.length)}`),
    ]);
  },
};

const chain = 'DOCKER-USER';

/** As iptables(8) says it; and as iptables-nft does where there is no table "filter" either (1.8.9, seen). */
const noChain = /No chain\/target\/match by that name|in table `filter' is incompatible/;

/** What goes out of the bridge, and what comes back to it. */
const directions: readonly string[] = ['-i', '-o'];

function change(spec: DockerUserSpec, how: '-I' | '-D', direction: string): Action & { readonly do: 'run' } {
  return { do: 'run', argv: [spec.program, '-w', how, chain, ...rule(spec, direction)] };
}

function rule({ bridge, lab }: DockerUserSpec, direction: string): readonly string[] {
  return [direction, bridge, '-m', 'comment', '--comment', markOf(lab), '-j', 'ACCEPT'];
}

/** Whether a line of the chain is ours: by its words, whatever an iptables puts between them or quotes. */
function lets(line: string, direction: string, { bridge, lab }: DockerUserSpec): boolean {
  const words = wordsOf(line);
  const follows = (option: string, value: string) => words[words.indexOf(option) + 1] === value;
  return words.includes(markOf(lab)) && follows(direction, bridge) && follows('-j', 'ACCEPT');
}

const isOfLabnet = (line: string) => wordsOf(line).some((word) => word.startsWith(markOf('')));

/** The words of a rule, without quotes. No mark, link or target has a blank in it. */
const wordsOf = (line: string) => line.split(' ').map((word) => word.replace(/^"(.*)"$/, '$1'));
