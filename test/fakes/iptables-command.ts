/** iptables-nft(8) 1.8.9, as far as labnet speaks to Docker's chain with it. */
import type { Output } from '../../src/host/host.ts';
import { done, refuses, says, unknown } from './answer.ts';
import type { NetworkNamespace } from './network-namespace.ts';

export function iptablesCommand(argv: readonly string[], namespace: NetworkNamespace): Output {
  const [, wait, how, chain, ...words] = argv;
  if (wait !== '-w' || chain !== 'DOCKER-USER') return unknown(argv);
  const { dockerUser } = namespace;
  if (dockerUser === undefined) return refuses(1, 'iptables: No chain/target/match by that name.');
  // It quotes what is more than a word.
  const rule = words.map((word) => (/^[\w-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
  if (how === '-S' && words.length === 0) {
    return says(['-N DOCKER-USER', ...dockerUser.map((one) => `-A DOCKER-USER ${one}`), ''].join('\n'));
  }
  if (how === '-I') {
    dockerUser.unshift(rule);
    return done;
  }
  if (how !== '-D') return unknown(argv);
  const place = dockerUser.indexOf(rule);
  if (place === -1) return refuses(1, 'iptables: Bad rule (does a matching rule exist in that chain?).');
  dockerUser.splice(place, 1);
  return done;
}
