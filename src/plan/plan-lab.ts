import { checkSocketPaths, labPaths } from '../paths.ts';
import { canaryOf } from './canary.ts';
import type { PlanInput } from './context.ts';
import { firmwareNote, requireMemory } from './direct-boot.ts';
import { directorySpecs, runDirectory } from './directories.ts';
import { diskNote, diskSpecs, secretSpecs } from './disks.ts';
import { guestOf } from './guest.ts';
import { machineSpec } from './machine.ts';
import { planNetwork } from './network.ts';
import { byNumber, seats } from './numbers.ts';
import { ownGroundStages } from './own-ground.ts';
import type { Plan } from './plan.ts';
import { sandboxStages } from './sandbox.ts';
import {
  antiSpoofSpec,
  bridgeSpec,
  firewallSpec,
  forwardingSpecs,
  tapSpec,
  unmanagedSpecs,
} from './wiring.ts';
import { withDocker } from './with-docker.ts';

/**
 * Lab and host facts → plan. The order of making, which resource/rank.ts has for undo, and why its reverse is the right order of
 * unmaking:
 *
 * 1. directories first, since everything else lies in them; they go last, when they are empty;
 * 2. namespaces and the stand-in internet, since links, rules and processes live in them;
 * 3. keys and passwords before the seeds that carry them;
 * 4. disks and seeds before the machines that open them;
 * 5. bridge, then taps, then the rules, then forwarding: nothing is forwarded before the rules stand, and on the way
 *    back forwarding ends first, while the rules still hold; a tap's own rules go before it;
 * 6. then the canary comes and goes: what it shows to be blocked is told before any VM boots;
 * 7. machines last: no process may hold a tap or a disk that is being removed.
 *
 * @throws LabnetError when the host lacks what this lab cannot do without, such as a resolver.
 */
export function planLab(input: PlanInput): Plan {
  const { facts, roots } = input;
  const seatOf = seats(input.lab, input.numbers);
  const lab = byNumber(input.lab, seatOf);
  for (const { name } of lab.vms) checkSocketPaths(roots, lab.name, name);
  const { network, mtu, warnings } = planNetwork(lab, facts);
  const isApart = lab.sandbox || facts.ground === 'own';
  const namespace = isApart ? labPaths(roots, lab.name).hostNamespace : undefined;
  const settled = { ...input, lab, network, namespace, mtu };
  const guests = lab.vms.map((vm) => guestOf(vm, seatOf, settled));
  const context = { ...settled, guests };
  requireMemory(context);
  const plan = {
    lab: lab.name,
    stages: [
      { title: 'Run directory', specs: [runDirectory(context)] },
      { title: 'Directories', specs: directorySpecs(context) },
      ...(lab.sandbox ? sandboxStages(context) : facts.ground === 'own' ? ownGroundStages(context) : []),
      { title: 'Keys and passwords', specs: secretSpecs(context) },
      { title: 'Disks and seeds', specs: diskSpecs(context) },
      { title: 'NetworkManager', specs: unmanagedSpecs(context) },
      { title: 'Bridge', specs: [bridgeSpec(context)] },
      { title: 'Taps', specs: lab.vms.map((vm) => tapSpec(vm, context)) },
      { title: 'Anti-spoofing', specs: lab.vms.map((vm) => antiSpoofSpec(vm, context)) },
      { title: 'Firewall', specs: [firewallSpec(context)] },
      { title: 'Forwarding', specs: forwardingSpecs(context) },
      { title: 'Machines', specs: lab.vms.map((vm) => machineSpec(vm, context)) },
    ].filter(({ specs }) => specs.length > 0),
    canary: canaryOf(context),
    guests,
    network,
    namespace,
    warnings: [...warnings, ...firmwareNote(context), ...diskNote(context)],
    pace: facts.pace,
  };
  return withDocker(plan, facts.docker ?? undefined);
}
