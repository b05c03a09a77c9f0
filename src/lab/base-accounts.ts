/**
 * The users and groups that a Debian has before any lab adds one. A user that is there stays as it is (cloud-init's
 * add_user: "already exists, skipping"): without a home, without a shell, so that nobody could enter as it. A group
 * that is there keeps useradd(8) from making another of its name.
 *
 * Source: passwd.master and group.master of base-passwd 3.5 to 3.6 (Debian 11 to 13), and what systemd, udev, dbus,
 * openssh-server and other packages of the recipes add as they are installed: /etc/passwd and /etc/group of labnet's
 * image of Debian 11, and the sysusers.d files of the newer systemd.
 */
export const baseUsers: ReadonlySet<string> = new Set([
  ...['root', 'daemon', 'bin', 'sys', 'sync', 'games', 'man', 'lp', 'mail', 'news', 'uucp', 'proxy'],
  ...['www-data', 'backup', 'list', 'irc', 'gnats', 'nobody', '_apt'],
  ...['systemd-network', 'systemd-resolve', 'systemd-timesync', 'systemd-coredump', 'systemd-oom'],
  ...['messagebus', 'sshd', 'polkitd', 'dhcpcd'],
]);

/** The groups that a Debian has before any lab adds one, without those that are called as one of `baseUsers`. */
export const baseGroups: ReadonlySet<string> = new Set([
  ...['adm', 'tty', 'disk', 'kmem', 'dialout', 'fax', 'voice', 'cdrom', 'floppy', 'tape', 'sudo', 'audio'],
  ...['dip', 'operator', 'src', 'shadow', 'utmp', 'video', 'sasl', 'plugdev', 'staff', 'users', 'nogroup'],
  ...['systemd-journal', 'input', 'kvm', 'render', 'sgx', 'clock', 'ssh', '_ssh', 'netdev', 'crontab'],
]);
