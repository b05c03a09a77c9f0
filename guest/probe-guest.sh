# Runs inside a guest, fed to `sh` over ssh; the lines before this one set the variables.
# Prints one line a probe: id, tab, passed or failed, tab, milliseconds, tab, what was seen.
# Under emulation each program costs tenths of a second: what the shell can do by itself, it does.
tab=$(printf '\t')
newline='
'
now() { # milliseconds since some moment, in $moment
  read -r moment _ < /proc/uptime
  moment=${moment%.*}${moment#*.}0
}

probe() { # ID COMMAND...: passed when the command succeeds; its last line of output is what was seen
  id=$1
  shift
  now
  start=$moment
  if seen=$("$@" 2>&1); then status=passed; else status=failed; fi
  now
  seen=${seen##*"$newline"}
  while :; do
    case $seen in
      *"$tab"*) seen="${seen%%"$tab"*} ${seen#*"$tab"}" ;;
      *) break ;;
    esac
  done
  printf '%s\n' "$id$tab$status$tab$((moment - start))$tab$seen"
}
same() { # EXPECTED FOUND
  printf '%s' "${2:-nothing}"
  [ "$1" = "$2" ] || { printf ', expected %s' "$1"; return 1; }
}

answers() { # HOST: one answer to ping in time
  ping -n -q -c 1 -w "$ping_seconds" "$1" > /dev/null || { echo "$1 does not answer to ping within $ping_seconds s"; return 1; }
  echo "$1 answers"
}

check_hostname() {
  read -r found < /proc/sys/kernel/hostname
  same "$hostname" "$found"
}

in_hosts() { # ADDRESS NAME: a line of /etc/hosts says this, and no more, and no line before it gives the name to another
  while read -r there names || [ -n "$there" ]; do
    [ "$there $names" != "$1 $2" ] || return 0
    case $there in *:*) continue ;; esac
    for name in $names; do
      case $name in '#'*) break ;; "$2") ;; *) continue ;; esac
      [ "$there" = "$1" ] || { echo "/etc/hosts gives $2 to $there, expected $1"; return 1; }
    done
  done < /etc/hosts
  echo "/etc/hosts lacks: $1 $2"
  return 1
}

check_hosts() {
  in_hosts 127.0.0.1 "$hostname" || return 1
  for pair in $hosts; do
    in_hosts "${pair#*=}" "${pair%%=*}" || return 1
  done
  echo 'all names are in it'
}

words_after() { # WORD TEXT...: what follows each WORD, with one space between
  wanted=$1
  found=
  shift
  while [ $# -gt 1 ]; do
    [ "$1" != "$wanted" ] || found="$found $2"
    shift
  done
  printf '%s' "${found# }"
}

# shellcheck disable=SC2046 # Split on purpose.
check_address() { same "$address" "$(words_after inet $(ip -4 -o address show dev eth0 scope global))"; }

# The main table as the kernel shows it: addresses are hexadecimal, the last byte first (proc(5), /proc/net/route).
check_route() {
  found=
  while read -r device to via _ _ _ _ mask _; do
    [ "$device $to $mask" = 'eth0 00000000 00000000' ] || continue
    high=${via%????} low=${via#????}
    found="$found $(printf '%d.%d.%d.%d' "0x${low#??}" "0x${low%??}" "0x${high#??}" "0x${high%??}")"
  done < /proc/net/route
  same "$gateway" "${found# }"
}

check_resolver() {
  found=
  while read -r word server _; do
    [ "$word" != nameserver ] || found="$found $server"
  done < /etc/resolv.conf
  same "$resolvers" "${found# }"
}

online() { # How many CPUs, in $found, of a list like 0,2-3
  read -r list < /sys/devices/system/cpu/online
  found=0
  while [ -n "$list" ]; do
    range=${list%%,*}
    found=$((found + ${range#*-} - ${range%-*} + 1))
    case $list in *,*) list=${list#*,} ;; *) list= ;; esac
  done
}

# A CPU that has just been plugged in takes a moment.
check_cpus() {
  tries=$((cpu_seconds * 2))
  online
  while [ "$cpus" != "$found" ] && [ "$tries" -gt 0 ]; do
    tries=$((tries - 1))
    sleep 0.5
    online
  done
  same "$cpus" "$found"
}

# result.json tells of this boot alone, and what the lab file has the guest do may have restarted it since the first.
all_boots_ended_well() {
  failed=
  [ -z "$may_leave" ] || failed=$(sudo -n sed -n 's/.*Running module \([^ ]*\) .*failed$/\1/p' /var/log/cloud-init.log | sort -u | tr '\n' ' ')
  [ -z "$failed" ] || { echo "these of its modules have failed: ${failed% }; /var/log/cloud-init.log in the VM tells more"; return 1; }
  echo 'ended without errors'
}

check_cloud_init() {
  [ -e /run/cloud-init/result.json ] || {
    room=$(df --output=avail / | tail -n 1)
    [ "$room" -eq 0 ] && echo 'cloud-init has not ended, and the disk of the VM is full' || echo 'cloud-init has not ended'
    return 1
  }
  # The common case without starting Python, which takes half a second under emulation.
  while read -r line; do
    case $line in '"errors": []' | '"errors": [],')
      all_boots_ended_well
      return
      ;;
    esac
  done < /run/cloud-init/result.json
  errors=$(python3 -c 'import json; print("; ".join(json.load(open("/run/cloud-init/result.json"))["v1"]["errors"]))')
  [ -z "$errors" ] || { echo "$errors"; return 1; }
  all_boots_ended_well
}

look_up() {
  found=$(getent ahostsv4 "$target_name")
  found=${found%% *}
  [ -n "$found" ] || { echo "$target_name has no address (asked: $resolvers)"; return 1; }
  echo "$target_name is $found"
}

connect() {
  timeout "$connection_seconds" bash -c "exec 3<> /dev/tcp/$target/$port" || { echo "no TCP connection to $target port $port within $connection_seconds s"; return 1; }
  echo "$target port $port accepts"
}

cloud_init_works() { # It may still restart the guest when it has said that it is done (power_state).
  grep -qszE '^(/usr)?(/local)?/bin/cloud-init$|^/run/labnet/gate\.py$' /proc/[0-9]*/cmdline
}

# What guest/first-boot.sh has noted: the lines that began, how each ended, and what the one that failed said last.
tell_lines() {
  place=/var/lib/labnet
  begun= ended= said=
  if [ -r "$place/begun" ]; then
    while read -r number; do begun="$begun $number"; done < "$place/begun"
  fi
  if [ -r "$place/ended" ]; then
    while read -r number status; do ended="$ended $number:$status"; done < "$place/ended"
  fi
  [ ! -e "$place/said" ] || said=$(sudo -n cat "$place/said" | base64 -w 0)
  if [ -e "$place/done" ]; then end=done; elif cloud_init_works; then end=; else end=over; fi
  printf '%s\n' "run${tab}read${tab}0${tab}${begun# }${tab}${ended# }${tab}$end${tab}$said"
}

if [ -n "$may_leave" ]; then
  tries=$((settle_seconds * 2))
  while cloud_init_works && [ "$tries" -gt 0 ]; do
    tries=$((tries - 1))
    sleep 0.5
  done
  if going_down; then
    printf '%s\n' "leaves${tab}read${tab}0${tab}" "$end_of_probes"
    exit
  fi
fi
# What cloud-init wrote is on the disk before the VM counts as configured: a power cut may follow at any time.
sync
printf 'clock%sread%s0%s%s\n' "$tab" "$tab" "$tab" "$(date +%s.%3N)"
probe hostname check_hostname
probe etc-hosts check_hosts
probe address check_address
probe route check_route
probe resolver check_resolver
probe cpus check_cpus
probe cloud-init check_cloud_init
[ "$lines" -eq 0 ] || tell_lines
probe guest-host answers "$gateway"
for pair in $guests; do
  probe "guest-guest:${pair%%=*}" answers "${pair#*=}"
  probe "guest-guest-name:${pair%%=*}" answers "${pair%%=*}"
done
if [ -n "$target" ]; then
  [ -z "$uplink_gateway" ] || probe internet-gateway answers "$uplink_gateway"
  [ -z "$target_name" ] || probe internet-name look_up
  probe internet-tcp connect
fi
# Without this line the probes that are missing would go unnoticed.
echo "$end_of_probes"
