import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { readRuleset } from './read-ruleset.ts';
import type { Chain, Rule, Ruleset } from './ruleset.ts';
import { interfaceTest } from './tests.ts';

/** The chain that Docker keeps for its users: packets pass it before Docker's own rules, and Docker never clears it. */
export const dockerChain = 'DOCKER-USER';

/** The iptables with which Docker makes its chains. */
export type DockerTool = 'iptables-nft' | 'iptables-legacy';

/**
 * Which iptables Docker has made its chain with; undefined without one. Rules are shown to root alone: for another user
 * the answer is taken from Docker's socket, which is there while Docker runs.
 *
 * @param rules the host's own, where they have been read already
 */
export async function readDocker(
  host: Host,
  uid: number,
  rules?: Ruleset | Promise<Ruleset>,
): Promise<DockerTool | undefined> {
  if (host.ground === 'own') return undefined;
  if (uid !== 0) return (await host.stat('/run/docker.sock')) === undefined ? undefined : 'iptables-nft';
  try {
    return dockerTool(await (rules ?? readRuleset(host)));
  } catch (error) {
    // Planning works without nft; making a lab does not.
    if (error instanceof LabnetError && error.code === 'missing-program') return undefined;
    throw error;
  }
}

function dockerTool(ruleset: Ruleset): DockerTool | undefined {
  const found = ruleset.find(isDockerChain);
  if (found === undefined) return undefined;
  return found.tool === 'iptables-legacy' ? 'iptables-legacy' : 'iptables-nft';
}

/** The rules as they will be with labnet's own two in Docker's chain. */
export function withDockerAccepts(ruleset: Ruleset, bridge: string): Ruleset {
  const accepts: readonly Rule[] = [
    { tests: [interfaceTest(({ iif }) => iif, bridge)], verdict: { kind: 'accept' }, text: `-i ${bridge}` },
    { tests: [interfaceTest(({ oif }) => oif, bridge)], verdict: { kind: 'accept' }, text: `-o ${bridge}` },
  ];
  return ruleset.map((chain) =>
    isDockerChain(chain) ? { ...chain, rules: [...accepts, ...chain.rules] } : chain,
  );
}

function isDockerChain({ family, table, name }: Chain): boolean {
  return family === 'ip' && table === 'filter' && name === dockerChain;
}
