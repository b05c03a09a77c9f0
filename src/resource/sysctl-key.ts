import type { Setting } from '../action/action.ts';

/**
 * The sysctl(8) key of one interface's setting. A dot in the name (eth0.100) becomes a slash, since a dot separates; that
 * is also how sysctl prints the key, so that what is written can be found in what is read.
 */
export function interfaceSetting(family: 'ipv4' | 'ipv6', name: string, setting: string): string {
  return ['net', family, 'conf', name.replaceAll('.', '/'), setting].join('.');
}

/**
 * Turns IPv6 off on a link that is there. The key is missing where there is no IPv6 to turn off: on a kernel booted with
 * ipv6.disable=1, and on links of an MTU below IPv6's least (1280, net/ipv6/addrconf.c).
 */
export function withoutIpv6(name: string): Setting {
  return { key: interfaceSetting('ipv6', name, 'disable_ipv6'), value: '1', mayLack: true };
}

/** The command that writes settings; where one of them may be missing, what is there is told by a look afterwards. */
export function writeSettings(settings: readonly Setting[]): readonly string[] {
  const ignore = settings.some(({ mayLack }) => mayLack === true) ? ['--ignore'] : [];
  return ['sysctl', ...ignore, '--quiet', '--write', ...settings.map(({ key, value }) => `${key}=${value}`)];
}
