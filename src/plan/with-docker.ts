import type { DockerUserSpec } from '../resource/docker-user.ts';
import type { Plan, Stage } from './plan.ts';

/**
 * The plan of the same lab on a host with Docker, which may have come after it: two rules more, before forwarding begins.
 * The same plan when it has them, without Docker, and in a sandbox, whose network is its own.
 *
 * @param program the iptables that Docker has made its chain with
 */
export function withDocker(plan: Plan, program: DockerUserSpec['program'] | undefined): Plan {
  const { lab, network, namespace, stages } = plan;
  const there = stages.some(({ specs }) => specs.some(({ kind }) => kind === 'docker-user'));
  if (program === undefined || namespace !== undefined || there) return plan;
  const stage: Stage = {
    title: 'Docker',
    specs: [
      { kind: 'docker-user', id: `docker-user:${network.bridge}`, lab, bridge: network.bridge, program },
    ],
  };
  const after = stages.findIndex(({ specs }) => specs.some(({ kind }) => kind === 'firewall')) + 1;
  return { ...plan, stages: [...stages.slice(0, after), stage, ...stages.slice(after)] };
}
