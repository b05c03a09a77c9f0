/**
 * The sysctl(8) key of one interface's setting. A dot in the name (eth0.100) becomes a slash, since a dot separates; that
 * is also how sysctl prints the key, so that what is written can be found in what is read.
 */
export function interfaceSetting(family: 'ipv4' | 'ipv6', name: string, setting: string): string {
  return ['net', family, 'conf', name.replaceAll('.', '/'), setting].join('.');
}
