/** The labs that each folder of formats holds: the golden ones, on the stand-in host, and the kinds of labs that they leave out. */
import { farSide } from '../stand-in/host-network.ts';

export interface LabToRecord {
  /** Of its directory. */
  readonly name: string;
  /** lab.yaml. */
  readonly text: string;
  readonly flags?: readonly string[];
  /** What else the host has, by a shell script that runs before all else. */
  readonly surroundings?: string;
  /** labnet is killed as it begins with this command. */
  readonly killedAt?: string;
  /** A checkpoint is made of it, and what is kept is recorded with it. */
  readonly kept?: boolean;
}

/** Whom the guests of a host's own network ask. */
const outside = `verify: {internet: "${farSide.name}:80"}`;
const dns = `dns: [${farSide.server}]`;

const twoVms = `name: two-vms
networks: [{name: br0, ${dns}}]
${outside}
vms: {vm1: , vm2: }
`;

/** Docker's chain, which it leaves to others, and a NetworkManager that runs; its /run is the cage's own. */
const dockerAndNetworkManager = `
iptables -N DOCKER-USER
iptables -A FORWARD -j DOCKER-USER
iptables -P FORWARD DROP
mount -t tmpfs own /run
mkdir /run/NetworkManager
printf '#!/bin/sh\\n' > @BIN@/nmcli
chmod 755 @BIN@/nmcli
(exec -a /usr/sbin/NetworkManager sleep infinity) < /dev/null > /dev/null 2>&1 &
`;

export const labs: readonly LabToRecord[] = [
  { name: 'two-vms', text: twoVms },
  { name: 'sandbox', text: 'name: sandbox\nvms: {vm1: , vm2: }\n', flags: ['--sandbox'] },
  {
    name: 'lab-sheet',
    text: `name: lab-sheet
host: {forwarding: global}
networks: [{name: br0, ${dns}}]
defaults: {nic: e1000, bus: ide}
${outside}
vms:
  vm1: {mac: "00:11:22:33:44:51", password: student}
  vm2: {mac: "00:11:22:33:44:52", password: student}
`,
  },
  {
    name: 'guarded',
    text: `name: guarded
networks: [{name: br0, isolate: lan, host_ports: [80/tcp, 69/udp], ${dns}}]
${outside}
vms: {vm1: }
`,
  },
  {
    name: 'isolated',
    text: `name: isolated
networks: [{name: br7, address: 10.66.0.1/24, nat: false, taps: iso}]
defaults: {cpus: 1, memory: 256M}
vms: {red: , green: , blue: }
`,
  },
  {
    name: 'web-and-db',
    text: `name: web-and-db
networks: [{name: br0, ${dns}}]
defaults: {cpus: 1}
${outside}
vms:
  web: {files: [{path: /srv/www/index.html, content: "<title>web</title>\\n"}], run: [systemctl enable --now web]}
  db: {hosts: {website: 192.168.6.1}}
`,
    surroundings: dockerAndNetworkManager,
  },
  {
    name: 'clones',
    text: 'name: clones\nimage: debian-12\nvms: {one: , two: }\n',
    flags: ['--sandbox'],
    kept: true,
  },
  { name: 'half-made', text: twoVms.replace('two-vms', 'half-made'), killedAt: 'tap1 alias' },
];
