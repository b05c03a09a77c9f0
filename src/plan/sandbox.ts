import { dirname } from 'node:path';
import { uidOn } from '../ground-kind.ts';
import { vmUid, vmUuid } from '../lab/naming.ts';
import { labPaths } from '../paths.ts';
import type { PlanContext } from './context.ts';
import { sandbox } from './network.ts';
import type { Stage } from './plan.ts';
import { scopeOf } from './scope.ts';

/** The number, beyond every VM's (there are at most 100), of the uid that the stand-in internet runs as. */
const internetIndex = 120;

/** What `--sandbox` adds: two namespaces, the cable between them, and a server at the far end. */
export function sandboxStages({ lab, facts, roots }: PlanContext): readonly Stage[] {
  const { run, hostNamespace, internetNamespace } = labPaths(roots, lab.name);
  const directory = `${run}/internet`;
  const uid = uidOn(facts.ground, vmUid(lab.name, internetIndex));
  const [node = '', cli = ''] = facts.program;
  return [
    {
      title: 'Sandbox: namespaces',
      specs: [
        {
          kind: 'namespace',
          id: 'namespace:host',
          path: hostNamespace,
          purpose: "stands in for the host's network: bridge, taps and NAT live in it",
        },
        {
          kind: 'namespace',
          id: 'namespace:internet',
          path: internetNamespace,
          purpose: 'stands in for the internet',
        },
        {
          kind: 'directory',
          id: 'directory:internet',
          path: directory,
          mode: 0o700,
          uid,
          leftovers: ['internet.log', 'ready'],
          purpose: 'holds the log of the stand-in internet',
        },
      ],
    },
    {
      title: 'Sandbox: uplink',
      specs: [
        {
          kind: 'veth',
          id: 'veth:uplink',
          lab: lab.name,
          near: { name: sandbox.uplink, namespace: hostNamespace, address: `${sandbox.address}/24` },
          far: {
            name: sandbox.uplink,
            namespace: internetNamespace,
            address: `${sandbox.gateway}/24`,
            loopback: [`${sandbox.server}/32`],
          },
          gateway: sandbox.gateway,
        },
      ],
    },
    {
      title: 'Sandbox: internet',
      specs: [
        {
          kind: 'internet',
          id: 'internet:server',
          namespace: internetNamespace,
          address: sandbox.server,
          name: sandbox.name,
          uuid: vmUuid(facts.hostId, lab.name, 'internet:server'),
          uid,
          node,
          code: `${dirname(cli)}/stand-in-internet.js`,
          ready: `${directory}/ready`,
          log: `${directory}/internet.log`,
          ...scopeOf('internet', lab.name, facts),
        },
      ],
    },
  ];
}
