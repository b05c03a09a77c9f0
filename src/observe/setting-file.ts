/** A kernel setting's sysctl(8) key and its file: in both, what separates in one is part of a name in the other. */

const directory = '/proc/sys/';

/** Of "net.ipv4.conf.eth0/100.forwarding": "/proc/sys/net/ipv4/conf/eth0.100/forwarding". */
export function settingFile(key: string): string {
  return directory + exchanged(key);
}

/** The key as sysctl prints it. */
export function settingKey(file: string): string {
  return exchanged(file.slice(directory.length));
}

function exchanged(text: string): string {
  return text.replaceAll(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
}
