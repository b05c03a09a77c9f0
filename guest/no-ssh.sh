# Why ssh does not let labnet in, as root sees it from within the guest; the lines before this one set $user, and $key, the
# text of labnet's own public key. Prints one cause, and that the disk is full where it is; nothing where all looks well.
full=
room=$(df --output=avail / 2> /dev/null | tail -n 1)
[ "${room##* }" != 0 ] || full='its disk is full'

cause() { # TEXT
  echo "$1${full:+; $full}"
  exit
}

[ -e /sys/class/net/eth0/flags ] || cause 'it has no eth0'
read -r flags < /sys/class/net/eth0/flags
# IFF_UP of <linux/if.h>
[ $((flags & 1)) = 1 ] || cause 'its eth0 is down'
entry=$(getent passwd "$user") || cause "it has no user $user"
if ! systemctl -q is-active ssh.service && ! systemctl -q is-active sshd.service && ! systemctl -q is-active ssh.socket; then
  state=$(systemctl is-enabled ssh.service 2> /dev/null) || state=${state:-not installed}
  cause "no ssh server runs in it (ssh.service is $state)"
fi
if command -v ss > /dev/null && ! ss -Hltn 'sport = :22' | grep -q .; then
  cause 'nothing listens at its port 22'
fi
limits=$(sshd -T 2> /dev/null | grep -E '^(allow|deny)(users|groups) ')
[ -z "$limits" ] || cause "its sshd has limits: $(printf '%s' "$limits" | tr '\n' ';')"
home=${entry%:*}
home=${home##*:}
grep -qF "$key" "$home/.ssh/authorized_keys" 2> /dev/null || cause "labnet's key is not in $home/.ssh/authorized_keys"
case $(passwd -S "$user" 2> /dev/null) in "$user "L*) cause "its user $user is locked" ;; esac
[ -z "$full" ] || echo "$full"
