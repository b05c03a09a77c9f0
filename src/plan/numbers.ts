/** The numbers of a lab's VMs, and the addresses that follow from them: a VM keeps both while others come and go. */
import { LabnetError } from '../errors.ts';
import { hostAddresses, subnetOf } from '../lab/addressing.ts';
import type { Lab, Vm } from '../lab/lab.ts';
import { linkClashes } from '../lab/network-checks.ts';

/** What a VM has in its lab's network. */
export interface Seat {
  /** See Guest.number. */
  readonly number: number;
  readonly address: string;
}

/**
 * Gives each VM its number and its address.
 *
 * @param known the numbers that VMs have had before, by their names
 * @throws LabnetError usage where a tap would have the name of another link
 */
export function seats(lab: Lab, known?: ReadonlyMap<string, number>): (vm: Vm) => Seat {
  const numbers = numbersOf(lab.vms, known);
  const [clash] = linkClashes(lab.network, numbers);
  if (clash !== undefined)
    throw new LabnetError('usage', clash.message, {
      hint: 'networks: [{taps: NAME}] gives the taps other names',
    });
  const given = addressesOf(lab, numbers);
  const all = new Map(lab.vms.map(({ name }, place) => [name, given[place]]));
  return ({ name }) => {
    const seat = all.get(name);
    if (seat === undefined) throw new Error(`${name} is no VM of ${lab.name}`);
    return seat;
  };
}

/** The lab with its VMs in the order of their numbers: in which order the file names them decides nothing more. */
export function byNumber(lab: Lab, seatOf: (vm: Vm) => Seat): Lab {
  return { ...lab, vms: [...lab.vms].sort((a, b) => seatOf(a).number - seatOf(b).number) };
}

/**
 * The numbers of the VMs, in the order of these. One that is known keeps its number; the others get the lowest that are
 * free, so that no number is ever higher than the most VMs of a lab allow.
 */
function numbersOf(vms: readonly Vm[], known: ReadonlyMap<string, number> = new Map()): readonly number[] {
  const held = new Set(vms.flatMap(({ name }) => known.get(name) ?? []));
  let next = 0;
  return vms.map(({ name }) => {
    const own = known.get(name);
    if (own !== undefined) return own;
    while (held.has(next)) next += 1;
    next += 1;
    return next - 1;
  });
}

/**
 * The VMs' seats. The VM of number N gets the N-th host address, counted from 0, that is not the bridge's, unless another
 * VM asks for it or the subnet has none: then the first that nobody has. So a VM keeps its address whatever the others
 * say, as long as it can.
 */
function addressesOf({ network, vms }: Lab, numbers: readonly number[]): readonly Seat[] {
  const subnet = subnetOf(network.address, network.prefix);
  const asked = new Set(vms.flatMap(({ address }) => address ?? []));
  const turns = first(Math.max(...numbers) + 1, hostAddresses(subnet, new Set([network.address])));
  const own = vms.map(({ address }, place) => {
    const turn = turns[numbers[place] ?? 0];
    return address ?? (turn !== undefined && asked.has(turn) ? undefined : turn);
  });
  const taken = new Set([network.address, ...own.filter((one) => one !== undefined)]);
  const free = hostAddresses(subnet, taken);
  return numbers.map((number, place) => {
    const address = own[place] ?? free.next().value;
    if (address === undefined) throw new Error('a checked lab file has room for its VMs');
    return { number, address };
  });
}

function first<T>(count: number, of: Iterable<T>): readonly T[] {
  const found: T[] = [];
  for (const one of of) if (found.push(one) >= count) break;
  return found;
}
