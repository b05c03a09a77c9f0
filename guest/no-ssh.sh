# Why ssh does not let labnet in, as root sees it from within the guest; the lines before this one set $user, and $key, the
# text of labnet's own public key. Prints one cause; nothing where all looks well.
[ -e /sys/class/net/eth0/flags ] || { echo 'it has no eth0'; exit; }
read -r flags < /sys/class/net/eth0/flags
# IFF_UP of <linux/if.h>
[ $((flags & 1)) = 1 ] || { echo 'its eth0 is down'; exit; }
entry=$(getent passwd "$user") || { echo "it has no user $user"; exit; }
if ! systemctl -q is-active ssh.service && ! systemctl -q is-active sshd.service && ! systemctl -q is-active ssh.socket; then
  state=$(systemctl is-enabled ssh.service 2> /dev/null) || state=${state:-not installed}
  echo "no ssh server runs in it (ssh.service is $state)"
  exit
fi
if command -v ss > /dev/null && ! ss -Hltn 'sport = :22' | grep -q .; then
  echo 'nothing listens at its port 22'
  exit
fi
limits=$(sshd -T 2> /dev/null | grep -E '^(allow|deny)(users|groups) ')
[ -z "$limits" ] || { echo "its sshd has limits: $(printf '%s' "$limits" | tr '\n' ';')"; exit; }
home=${entry%:*}
home=${home##*:}
grep -qF "$key" "$home/.ssh/authorized_keys" 2> /dev/null || { echo "labnet's key is not in $home/.ssh/authorized_keys"; exit; }
case $(passwd -S "$user" 2> /dev/null) in "$user "L*) echo "its user $user is locked" ;; esac
