#!/usr/bin/env bash
# Makes the rulesets in this folder with the real tools: ufw 0.36, firewalld 1.3, iptables 1.8.9, nft 1.0.6 of Debian 12.
# Run it as root: sudo apt-get install --no-install-recommends ufw firewalld iptables nftables dbus-daemon
#                 sudo ./make.sh
# Everything happens in network and mount namespaces of its own; the host's ufw and firewalld are not touched.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

if [ "${1:-}" != inside ]; then
  exec unshare --net --mount --propagation private bash "$here/make.sh" inside
fi

scratch=$(mktemp -d)
cp -a /etc/ufw "$scratch/ufw"
cp -a /etc/default/ufw "$scratch/default-ufw"
cp -a /etc/firewalld "$scratch/firewalld"
mount --bind "$scratch/ufw" /etc/ufw
mount --bind "$scratch/default-ufw" /etc/default/ufw
mount --bind "$scratch/firewalld" /etc/firewalld
ip link set lo up
ip link add eth0 type veth peer name far0
ip address add 198.51.100.2/24 dev eth0
ip link set eth0 up
ip route add default via 198.51.100.1

saved() { # without the dates and the counters, which differ from run to run
  "$1" | sed -e '/^#/d' -e 's/\[[0-9]*:[0-9]*\]/[0:0]/'
}

ufw --force enable
saved iptables-nft-save > "$here/ufw.iptables"
ufw route allow in on br0
saved iptables-nft-save > "$here/ufw-allowed.iptables"
nft flush ruleset

mount -t tmpfs tmpfs /run
mkdir -p /run/dbus /run/firewalld
cat > "$scratch/dbus.conf" << 'XML'
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
  </policy>
</busconfig>
XML
dbus-daemon --config-file="$scratch/dbus.conf" --nofork --nopidfile < /dev/null > "$scratch/dbus.log" 2>&1 &
bus=$!
until [ -S /run/dbus/system_bus_socket ]; do sleep 0.1; done
firewalld --nofork --nopid < /dev/null > "$scratch/firewalld.log" 2>&1 &
daemon=$!
until firewall-cmd --state; do sleep 0.5; done
firewall-cmd --zone=public --add-interface=eth0
nft --stateless list ruleset > "$here/firewalld.nft"
# Zones forward within themselves by default, and what is in no zone is in the default one: only without that does
# firewalld stop a lab (as firewalld before 1.0 always did).
firewall-cmd --zone=public --remove-forward
nft --stateless list ruleset > "$here/firewalld-strict.nft"
firewall-cmd --zone=trusted --add-interface=br0
nft --stateless list ruleset > "$here/firewalld-trusted.nft"
kill "$daemon" "$bus"
wait
nft flush ruleset

# Docker's own rules for its default bridge, as its documentation lists them; Docker itself is not needed.
iptables-nft -P FORWARD DROP
for chain in DOCKER-USER DOCKER-FORWARD DOCKER; do iptables-nft -N "$chain"; done
iptables-nft -A FORWARD -j DOCKER-USER
iptables-nft -A FORWARD -j DOCKER-FORWARD
iptables-nft -A DOCKER-FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables-nft -A DOCKER-FORWARD -o docker0 -j DOCKER
iptables-nft -A DOCKER-FORWARD -i docker0 -j ACCEPT
iptables-nft -A DOCKER ! -i docker0 -o docker0 -j DROP
saved iptables-nft-save > "$here/docker.iptables"
