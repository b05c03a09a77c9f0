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

answers() { # HOST: one answer to ping within ten seconds
  ping -n -q -c 1 -w "$ping_seconds" "$1" > /dev/null || { echo "$1 does not answer to ping"; return 1; }
  echo "$1 answers"
}

check_hostname() {
  read -r found < /proc/sys/kernel/hostname
  same "$hostname" "$found"
}

in_hosts() { # ADDRESS NAME: a line of /etc/hosts says this, and no more
  while read -r there names || [ -n "$there" ]; do
    [ "$there $names" != "$1 $2" ] || return 0
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
  for wait in 1 2 3 4 5 6 7 8 9 10; do
    online
    [ "$cpus" != "$found" ] || break
    sleep 0.5
  done
  same "$cpus" "$found"
}

check_cloud_init() {
  [ -e /run/cloud-init/result.json ] || { echo 'cloud-init has not ended'; return 1; }
  # The common case without starting Python, which takes half a second under emulation.
  while read -r line; do
    case $line in '"errors": []' | '"errors": [],')
      echo 'ended without errors'
      return 0
      ;;
    esac
  done < /run/cloud-init/result.json
  errors=$(python3 -c 'import json; print("; ".join(json.load(open("/run/cloud-init/result.json"))["v1"]["errors"]))')
  [ -z "$errors" ] || { echo "$errors"; return 1; }
  echo 'ended without errors'
}

look_up() {
  found=$(getent ahostsv4 "$target")
  found=${found%% *}
  [ -n "$found" ] || { echo "$target has no address (asked: $resolvers)"; return 1; }
  echo "$target is $found"
}

connect() {
  timeout "$connection_seconds" bash -c "exec 3<> /dev/tcp/$target/$port" || { echo "no TCP connection to $target port $port"; return 1; }
  echo "$target port $port accepts"
}

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
probe guest-host answers "$gateway"
for pair in $guests; do
  probe "guest-guest:${pair%%=*}" answers "${pair#*=}"
  probe "guest-guest-name:${pair%%=*}" answers "${pair%%=*}"
done
if [ -n "$target" ]; then
  [ -z "$uplink_gateway" ] || probe internet-gateway answers "$uplink_gateway"
  probe internet-name look_up
  probe internet-tcp connect
fi
# Without this line the probes that are missing would go unnoticed.
echo "$end_of_probes"
