import { labOfSize, parseLab } from '../../src/lab/validate.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { planLab } from '../../src/plan/plan-lab.ts';
import { facts, roots } from './facts.ts';

const date = 1_700_000_000;

export function planOfSize(vms: number, sandbox: boolean): Plan {
  return planLab({ lab: labOfSize(vms, { sandbox }), facts, roots, date });
}

/**
 * @param numbers of VMs that a lab of that name has on the host
 * @throws when the text is no lab
 */
export function planOfText(text: string, sandbox = false, numbers?: ReadonlyMap<string, number>): Plan {
  const parsed = parseLab(text, 'lab.yaml', { sandbox });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics));
  return planLab({ lab: parsed.lab, facts, numbers, roots, date });
}

/** One VM on a host with Docker and NetworkManager. */
export function planBesideOthers(): Plan {
  const beside = { ...facts, docker: 'iptables-nft', networkManager: true } as const;
  return planLab({ lab: labOfSize(1, { sandbox: false }), facts: beside, roots, date });
}

/** One VM on an ordinary user's own host. */
export function planOfUser(): Plan {
  const uplink = { name: 'wlan0', gateway: '192.0.2.1', mtu: 1500 };
  const own = { ...facts, uplink, ground: 'own', uplinkProgram: 'pasta' } as const;
  return planLab({ lab: labOfSize(1, { sandbox: false }), facts: own, roots, date });
}
