# Runs inside a guest, fed to `sh` over ssh; the lines before this one set the variables.
# Prints one line a probe: id, tab, passed or failed, tab, milliseconds, tab, what was seen.
tab=$(printf '\t')
now() { date +%s%3N; }

probe() { # ID COMMAND...: passed when the command succeeds; its last line of output is what was seen
  id=$1
  shift
  start=$(now)
  if seen=$("$@" 2>&1); then status=passed; else status=failed; fi
  seen=$(printf '%s' "$seen" | tail -n 1 | tr -d '\t\r')
  printf '%s\n' "$id$tab$status$tab$(($(now) - start))$tab$seen"
}

same() { # EXPECTED FOUND
  printf '%s' "${2:-nothing}"
  [ "$1" = "$2" ] || { printf ', expected %s' "$1"; return 1; }
}

answers() { # HOST: one answer to ping within ten seconds
  ping -n -q -c 1 -w 10 "$1" > /dev/null || { echo "$1 does not answer to ping"; return 1; }
  echo "$1 answers"
}

check_hostname() { same "$hostname" "$(hostname)"; }

check_hosts() {
  grep -qx "127.0.0.1[[:space:]]*$hostname" /etc/hosts || { echo "/etc/hosts lacks: 127.0.0.1 $hostname"; return 1; }
  for pair in $hosts; do
    grep -qx "${pair#*=}[[:space:]]*${pair%%=*}" /etc/hosts || {
      echo "/etc/hosts lacks: ${pair#*=} ${pair%%=*}"
      return 1
    }
  done
  echo 'all names are in it'
}

check_address() { same "$address" "$(ip -4 -o address show dev eth0 scope global | awk '{ print $4 }' | paste -sd ' ')"; }

check_route() { same "$gateway" "$(ip -4 route show default | awk '{ print $3 " " $5 }' | sed -n 's/ eth0$//p')"; }

check_resolver() { same "$resolvers" "$(awk '$1 == "nameserver" { print $2 }' /etc/resolv.conf | paste -sd ' ')"; }

# A CPU that has just been plugged in takes a moment.
check_cpus() {
  for wait in 1 2 3 4 5 6 7 8 9 10; do [ "$cpus" = "$(nproc)" ] || sleep 0.5; done
  same "$cpus" "$(nproc)"
}

check_cloud_init() {
  [ -e /run/cloud-init/result.json ] || { echo 'cloud-init has not ended'; return 1; }
  errors=$(python3 -c 'import json; print("; ".join(json.load(open("/run/cloud-init/result.json"))["v1"]["errors"]))')
  [ -z "$errors" ] || { echo "$errors"; return 1; }
  echo 'ended without errors'
}

look_up() {
  found=$(getent ahostsv4 "$target" | awk 'NR == 1 { print $1 }')
  [ -n "$found" ] || { echo "$target has no address (asked: $resolvers)"; return 1; }
  echo "$target is $found"
}

connect() {
  timeout 15 bash -c "exec 3<> /dev/tcp/$target/$port" || { echo "no TCP connection to $target port $port"; return 1; }
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
