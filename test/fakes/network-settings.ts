/** The sysctls of a network namespace, with the kernel's own coupling between them (net/ipv4/devinet.c). */
import type { InterfaceSettings, NetworkNamespace } from './network-namespace.ts';

const globalSwitch = 'net.ipv4.ip_forward';
const openPorts = 'net.ipv4.ip_unprivileged_port_start';

/** The value, or undefined when there is no such key. */
export function readSetting(key: string, namespace: NetworkNamespace): string | undefined {
  if (key === globalSwitch) return namespace.all.forwarding;
  if (key === openPorts) return namespace.unprivilegedPortStart;
  const found = locate(key, namespace);
  return found?.settings[found.field];
}

/** @returns false when there is no such key */
export function writeSetting(key: string, value: string, namespace: NetworkNamespace): boolean {
  if (key === globalSwitch || canonicalKey(key) === 'net.ipv4.conf.all.forwarding') {
    changeForwarding(value, namespace);
    return true;
  }
  if (key === openPorts) {
    namespace.unprivilegedPortStart = value;
    return true;
  }
  const found = locate(key, namespace);
  if (found === undefined) return false;
  found.settings[found.field] = value;
  return true;
}

/** Every key, as sysctl(8) prints it. */
export function settingKeys(namespace: NetworkNamespace): readonly string[] {
  return ['all', 'default', ...namespace.links.keys()]
    .map((name) => name.replaceAll('.', '/'))
    .flatMap((name) => [
      `net.ipv4.conf.${name}.accept_redirects`,
      `net.ipv4.conf.${name}.forwarding`,
      `net.ipv6.conf.${name}.disable_ipv6`,
    ])
    .concat(globalSwitch, openPorts)
    .sort();
}

/** The form that sysctl(8) prints: dots between the parts, slashes where a name has dots. */
export function canonicalKey(key: string): string {
  const first = /[./]/.exec(key)?.[0];
  if (first !== '/') return key;
  return key.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/'));
}

/** inet_forward_change: on a change, and only then, every interface follows, and redirects become the opposite. */
function changeForwarding(value: string, namespace: NetworkNamespace): void {
  if (namespace.all.forwarding === value) return;
  namespace.all.forwarding = value;
  namespace.all.accept_redirects = value === '0' ? '1' : '0';
  namespace.default.forwarding = value;
  for (const { settings } of namespace.links.values()) settings.forwarding = value;
}

function locate(
  key: string,
  namespace: NetworkNamespace,
): { readonly settings: InterfaceSettings; readonly field: keyof InterfaceSettings } | undefined {
  const [, family, printed = '', field] =
    /^net\.(ipv4|ipv6)\.conf\.(.+)\.(forwarding|accept_redirects|disable_ipv6)$/.exec(canonicalKey(key)) ??
    [];
  const name = printed.replaceAll('/', '.');
  const settings =
    name === 'all' || name === 'default' ? namespace[name] : namespace.links.get(name)?.settings;
  if (settings === undefined) return undefined;
  if (family === 'ipv6' && !namespace.ipv6) return undefined;
  if (family === 'ipv6') return field === 'disable_ipv6' ? { settings, field } : undefined;
  return field === 'forwarding' || field === 'accept_redirects' ? { settings, field } : undefined;
}
