import type { SpawnAction } from '../action/action.ts';
import type { HostFacts } from './facts.ts';

/**
 * Where systemd runs, the cgroup of one process of a lab: as the PC shuts down it is there until the service that brings the
 * lab up at boot has taken it down (packaging/labnet@.service).
 */
export function scopeOf(name: string, lab: string, facts: HostFacts): Pick<SpawnAction, 'scope'> {
  if (!facts.systemd) return {};
  return { scope: { description: `labnet ${lab} ${name}`, before: `labnet@${lab}.service` } };
}
