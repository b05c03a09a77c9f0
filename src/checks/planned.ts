/** The checks that prove a lab: what each VM was promised, as its plan has it. */
import { isIPv4 } from 'node:net';
import type { Guest, Plan, PlannedNetwork } from '../plan/plan.ts';
import type { Check } from './check.ts';

/** Seconds on a usual PC in which a CPU that has just been plugged in is online. */
const cpuSeconds = 5;

/**
 * The checks of a VM that are asked inside it, in their order. `clock` and `run` ask for what the host judges: the VM's
 * time, and what it has noted of its run lines.
 */
export function checksOf(guest: Guest, plan: Plan): readonly Check[] {
  return [...aboutItself(guest, plan.network), ...aboutOthers(guest, plan)];
}

/** The name that a guest is to look up; empty where there is no way out, or the target is an address. */
export function nameToAsk({ uplink, target }: PlannedNetwork): string {
  return uplink === undefined || isIPv4(target.host) ? '' : target.host;
}

function aboutItself(guest: Guest, network: PlannedNetwork): readonly Check[] {
  const vm = guest.name;
  const names = {
    [guest.hostname]: '127.0.0.1',
    ...Object.fromEntries(guest.hosts.map(({ name, address }) => [name, address])),
  };
  const command = (run: string) => ({ run, exit: 0 });
  return [
    { id: 'clock', vm, command: command('date +%s.%3N') },
    { id: 'hostname', vm, 'kernel-param': { 'kernel.hostname': guest.hostname } },
    { id: 'etc-hosts', vm, file: { '/etc/hosts': { exists: true, names } } },
    { id: 'address', vm, address: { dev: 'eth0', is: [`${guest.address}/${network.prefix}`] } },
    { id: 'route', vm, route: { to: 'default', via: network.address, dev: 'eth0' } },
    {
      id: 'resolver',
      vm,
      dns: { type: 'A', servers: network.resolvers.filter((address) => isIPv4(address)) },
    },
    {
      id: 'cpus',
      vm,
      within: cpuSeconds,
      file: {
        '/sys/devices/system/cpu/online': {
          exists: true,
          is: guest.cpus === 1 ? '0' : `0-${guest.cpus - 1}`,
        },
      },
    },
    { id: 'cloud-init', vm, command: command(`cloud_init_ended ${guest.mayLeave ? 'all' : 'this'}`) },
    ...(guest.run.length === 0 ? [] : [{ id: 'run', vm, command: command('tell_run_lines') }]),
  ];
}

function aboutOthers({ name: from }: Guest, { guests, network }: Plan): readonly Check[] {
  const others = guests.filter(({ name }) => name !== from);
  const { uplink, target } = network;
  const name = nameToAsk(network);
  return [
    { id: 'guest-host', from, ping: network.address },
    ...others.flatMap(({ hostname, address }) => [
      { id: `guest-guest:${hostname}`, from, ping: address },
      { id: `guest-guest-name:${hostname}`, from, ping: hostname },
    ]),
    ...(uplink?.gateway ? [{ id: 'internet-gateway', from, ping: uplink.gateway }] : []),
    ...(name === '' ? [] : [{ id: 'internet-name', from, dns: { name, type: 'A' as const } }]),
    ...(uplink === undefined ? [] : [{ id: 'internet-tcp', from, port: `${target.host}:${target.port}` }]),
  ];
}
