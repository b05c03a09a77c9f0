/**
 * The sysctl(8) key of one interface's setting. Slashes when the name holds a dot (eth0.100), which the dotted form
 * would take for a separator.
 */
export function interfaceSetting(family: 'ipv4' | 'ipv6', name: string, setting: string): string {
  const parts = ['net', family, 'conf', name, setting];
  return parts.join(name.includes('.') ? '/' : '.');
}
