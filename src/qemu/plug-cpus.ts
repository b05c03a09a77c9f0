import type { Host } from '../host/host.ts';
import * as z from '../zod.ts';

/** QEMU's answer to query-hotpluggable-cpus (qapi/machine.json, HotpluggableCPU); a free place has no qom-path. */
const placesSchema = z.array(
  z.looseObject({
    type: z.string(),
    props: z.record(z.string(), z.number()),
    'qom-path': z.string().optional(),
  }),
);

/**
 * Plugs every CPU into a VM that it does not have yet. A guest that has booted brings them online by a udev rule of its
 * seed (see seed/guest-files.ts); to one that has not, they were always there. A VM that has them all is left as it
 * is.
 *
 * @param qmp the VM's control socket
 * @returns how many came in
 */
export async function plugCpus(qmp: string, host: Host): Promise<number> {
  const places = placesSchema.parse(await host.qmp(qmp, 'query-hotpluggable-cpus'));
  const free = places.filter((place) => place['qom-path'] === undefined);
  const inOrder = [...free].sort((one, other) => numberOf(one.props) - numberOf(other.props));
  for (const { type, props } of inOrder) {
    await host.qmp(qmp, 'device_add', { driver: type, id: cpuId(props), ...props });
  }
  return inOrder.length;
}

/** The number by which the places of CPUs are ordered: sockets before cores before threads, as QEMU counts. */
function numberOf(props: Readonly<Record<string, number>>): number {
  const { 'socket-id': socket = 0, 'die-id': die = 0, 'core-id': core = 0, 'thread-id': thread = 0 } = props;
  return ((socket * 256 + die) * 256 + core) * 256 + thread;
}

function cpuId(props: Readonly<Record<string, number>>): string {
  return `cpu${numberOf(props)}`;
}
