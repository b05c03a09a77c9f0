import { type Chain, type Packet, type Ruleset, type Stop, stopText } from './ruleset.ts';

/** A program that keeps rules of its own on many hosts. */
type Owner = 'docker' | 'ufw' | 'firewalld';

/** Whose rules stop a packet; undefined when their names say nothing. */
export function ownerOf({ base }: Stop, ruleset: Ruleset): Owner | undefined {
  if (base.table === 'firewalld') return 'firewalld';
  const has = (name: string) =>
    ruleset.some(
      (chain) =>
        chain.tool === base.tool &&
        chain.table === base.table &&
        chain.name === name &&
        chain.family === base.family,
    );
  if (has('ufw-before-forward')) return 'ufw';
  // What ends at the host itself is none of Docker's business.
  return base.hook === 'forward' && has('DOCKER-USER') ? 'docker' : undefined;
}

/**
 * The commands with which a user lets packets of the bridge pass what stops them; for a packet to the host itself,
 * those for that one alone.
 */
export function remedyOf(
  stop: Stop,
  bridge: string,
  ruleset: Ruleset,
  packet?: Pick<Packet, 'hook' | 'protocol' | 'dport'>,
): readonly string[] {
  const { tool, family, table, name } = stop.base;
  if (packet?.hook === 'input') return [inputRemedy(stop, bridge, ruleset, packet)];
  switch (ownerOf(stop, ruleset)) {
    case 'docker':
      return ['sudo labnet repair'];
    case 'ufw':
      return [`sudo ufw route allow in on ${bridge}`];
    case 'firewalld':
      return [
        `sudo firewall-cmd --zone=trusted --add-interface=${bridge}`,
        `sudo firewall-cmd --permanent --zone=trusted --add-interface=${bridge}   # also after a reload`,
      ];
    default:
      if (tool !== 'nft') {
        const answers = `-o ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED`;
        return [insertion(stop.base, `-i ${bridge}`), insertion(stop.base, answers)];
      }
      if (family === 'bridge')
        return [`sudo nft insert rule bridge ${table} ${name} meta ibrname ${bridge} accept`];
      return [
        `sudo nft insert rule ${family} ${table} ${name} iifname ${bridge} accept`,
        `sudo nft insert rule ${family} ${table} ${name} oifname ${bridge} ct state established,related accept`,
      ];
  }
}

function inputRemedy(
  stop: Stop,
  bridge: string,
  ruleset: Ruleset,
  { protocol, dport }: Pick<Packet, 'protocol' | 'dport'>,
): string {
  const { tool, family, table, name } = stop.base;
  const owner = ownerOf(stop, ruleset);
  if (owner === 'ufw') return `sudo ufw allow in on ${bridge} to any port ${dport} proto ${protocol}`;
  if (owner === 'firewalld') return `sudo firewall-cmd --zone=trusted --add-interface=${bridge}`;
  if (tool === 'nft')
    return `sudo nft insert rule ${family} ${table} ${name} iifname ${bridge} ${protocol} dport ${dport} accept`;
  return insertion(stop.base, `-i ${bridge} -p ${protocol} --dport ${dport}`);
}

/** The command that puts a rule to accept at the head of a chain of one of the iptables. */
function insertion({ tool, table, name }: Chain, match: string): string {
  return `sudo ${tool} ${table === 'filter' ? '' : `-t ${table} `}-I ${name} ${match} -j ACCEPT`;
}

/** What stops a packet, with the program that it belongs to: "ip filter FORWARD: policy drop (ufw)". */
export function stopWithOwner(stop: Stop, ruleset: Ruleset): string {
  const owner = ownerOf(stop, ruleset);
  const names = { docker: 'Docker', ufw: 'ufw', firewalld: 'firewalld' } as const;
  return owner === undefined ? stopText(stop) : `${stopText(stop)} (${names[owner]})`;
}
