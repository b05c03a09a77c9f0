/** The sysctl(8) key of a kernel setting, and its file: the dots of one are the slashes of the other. */

const directory = '/proc/sys/';

/** The file of a setting: "/proc/sys/net/ipv4/conf/eth0.100/forwarding" for "net.ipv4.conf.eth0/100.forwarding". */
export function settingFile(key: string): string {
  return directory + exchanged(key);
}

/** The key of the setting in a file, as sysctl(8) prints it. */
export function settingKey(file: string): string {
  return exchanged(file.slice(directory.length));
}

function exchanged(text: string): string {
  return text.replaceAll(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
}
