#!/usr/bin/env bash
set -euo pipefail
umask 077

# Becomes a command whose standard input leads to a log, of which the beginning and the end are kept.
keep_console=$(cat <<'EOF'
my ($file, $name, @command) = @ARGV;
pipe my $from, my $to or die "pipe: $!\n";
defined(my $keeper = fork) or die "fork: $!\n";
if ($keeper) {
  open STDIN, ">&", $to or die "console: $!\n";
  exec @command or die "$command[0]: $!\n";
}
$0 = "labnet: console of $name";
open STDIN, "<&", $from or die "pipe: $!\n";
close $from;
close $to;
for (3, 4) { open my $other, "<&=", $_; close $other if $other }
open my $log, "+<", $file or die "$file: $!\n";
my $size = sysseek $log, 0, 2;
while (sysread STDIN, my $text, 65536) {
  while (length $text) {
    if ($size >= 1048576) {
      sysseek $log, $size - 524288, 0;
      sysread $log, my $tail, 524288;
      sysseek $log, 262144, 0;
      syswrite $log, "\n[labnet: a part of the console is left out here]\n$tail";
      $size = sysseek $log, 0, 1;
      truncate $log, $size;
    }
    my $written = syswrite $log, $text, 1048576 - $size or last;
    $size += $written;
    substr $text, 0, $written, "";
  }
}
EOF
)

fill_secret() { # FILE SECRET-FILE [SALT]
  TOKEN="@@labnet:${3:+crypt($3):}$2@@" SECRET="$(cat "$2")" SALT="${3-}" perl -pi -e '
    BEGIN { $v = $ENV{SECRET}; if ($ENV{SALT} ne "") { $v = crypt($v, "\$6\$$ENV{SALT}"); $v =~ /^\$6/ or die "no hash" }; $v =~ s/([\\"])/\\$1/g; $v =~ s/\n/\\n/g }
    s/\Q$ENV{TOKEN}\E/$v/g' "$1"
}

plug_cpus() { # QMP-SOCKET
  /usr/bin/python3 - "$1" <<'EOF'
import json, socket, sys, time
qmp = socket.socket(socket.AF_UNIX)
for _ in range(100):
    try:
        qmp.connect(sys.argv[1])
        break
    except OSError:
        time.sleep(0.02)
lines = qmp.makefile("rw")
def ask(command, **arguments):
    lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
    lines.flush()
    return json.loads(lines.readline())["return"]
lines.readline()
ask("qmp_capabilities")
for place in sorted(ask("query-hotpluggable-cpus"), key=lambda place: place["props"]["socket-id"]):
    if "qom-path" not in place:
        ask("device_add", driver=place["type"], id="cpu%d" % place["props"]["socket-id"], **place["props"])
EOF
}

install -d -m 0711 @RUN@
install -d -m 0711 @CACHE@
install -d -m 0755 @STATE@/labs
install -d -m 0755 @STATE@/labs/clones

## directory:run.lab
install -d -m 0711 -o 0 -g 0 @RUN@/clones

## directory:one
install -d -m 0710 -o 0 -g 1906550912 @STATE@/labs/clones/one

## directory:one.run
install -d -m 0700 -o 1906550912 -g 1906550912 @RUN@/clones/one

## directory:two
install -d -m 0710 -o 0 -g 1906550913 @STATE@/labs/clones/two

## directory:two.run
install -d -m 0700 -o 1906550913 -g 1906550913 @RUN@/clones/two

## namespace:host
: > @RUN@/clones/host.ns
chmod 0600 @RUN@/clones/host.ns
unshare --net=@RUN@/clones/host.ns -- ip link set dev lo up

## namespace:internet
: > @RUN@/clones/internet.ns
chmod 0600 @RUN@/clones/internet.ns
unshare --net=@RUN@/clones/internet.ns -- ip link set dev lo up

## directory:internet
install -d -m 0700 -o 1906551032 -g 1906551032 @RUN@/clones/internet

## veth:uplink
nsenter \
  --net=@RUN@/clones/host.ns \
  -- ip link add dev eth0 type veth peer name eth0 netns @RUN@/clones/internet.ns
nsenter \
  --net=@RUN@/clones/host.ns \
  -- ip link set dev eth0 alias labnet:clones
nsenter --net=@RUN@/clones/internet.ns -- ip -batch - <<'EOF'
address add 198.51.100.1/24 dev eth0
address replace 203.0.113.80/32 dev lo
link set dev eth0 up
EOF
nsenter --net=@RUN@/clones/host.ns -- ip -batch - <<'EOF'
address add 198.51.100.2/24 dev eth0
link set dev eth0 up
route add default via 198.51.100.1
EOF
nsenter --net=@RUN@/clones/host.ns -- ip link set dev eth0 address 22:f2:56:68:92:43

## internet:server
rm -rf @RUN@/clones/internet/ready
setsid nsenter \
  --net=@RUN@/clones/internet.ns \
  -- @INTERNET@ stand-in-internet 203.0.113.80 www.internet.test @RUN@/clones/internet/ready 1906551032 9a5a4593-cc4d-8201-8aa7-bccd58d2e152 < /dev/null >> @RUN@/clones/internet/internet.log 2>&1 &
timeout 20 bash -c 'until [ -e @RUN@/clones/internet/ready ]; do sleep 0.1; done'

## key-pair:id_ed25519
rm -rf @STATE@/labs/clones/id_ed25519
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C labnet-clones \
  -f @STATE@/labs/clones/id_ed25519
sync @STATE@/labs/clones/id_ed25519 @STATE@/labs/clones/id_ed25519.pub

## password:one
printf %s password > @STATE@/labs/clones/one/password

## key-pair:two
rm -rf @STATE@/labs/clones/two/ssh_host_ed25519_key
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C root@two \
  -f @STATE@/labs/clones/two/ssh_host_ed25519_key
sync @STATE@/labs/clones/two/ssh_host_ed25519_key @STATE@/labs/clones/two/ssh_host_ed25519_key.pub

## password:two
printf %s password > @STATE@/labs/clones/two/password

## key-pair:one
rm -rf @STATE@/labs/clones/one/ssh_host_ed25519_key
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C root@one \
  -f @STATE@/labs/clones/one/ssh_host_ed25519_key
sync @STATE@/labs/clones/one/ssh_host_ed25519_key @STATE@/labs/clones/one/ssh_host_ed25519_key.pub

## text-file:known_hosts
cat > @STATE@/labs/clones/known_hosts <<'EOF'
one,192.168.6.1 @@labnet:@STATE@/labs/clones/one/ssh_host_ed25519_key.pub@@
two,192.168.6.2 @@labnet:@STATE@/labs/clones/two/ssh_host_ed25519_key.pub@@
EOF
fill_secret @STATE@/labs/clones/known_hosts @STATE@/labs/clones/one/ssh_host_ed25519_key.pub
fill_secret @STATE@/labs/clones/known_hosts @STATE@/labs/clones/two/ssh_host_ed25519_key.pub
chmod 0600 @STATE@/labs/clones/known_hosts
chown 0:0 @STATE@/labs/clones/known_hosts

## overlay:one
: > @STATE@/labs/clones/one/sda-one.qcow2
chmod 0600 @STATE@/labs/clones/one/sda-one.qcow2
chown 1906550912:1906550912 @STATE@/labs/clones/one/sda-one.qcow2
setpriv \
  --reuid 1906550912 \
  --regid 1906550912 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- qemu-img create \
  -q \
  -f qcow2 \
  -F qcow2 \
  -b @STATE@/images/@debian-12.qcow2@.qcow2 @STATE@/labs/clones/one/sda-one.qcow2 10737418240

## seed:one
install -d -m 0700 @STATE@/labs/clones/one/seed
cat > @STATE@/labs/clones/one/seed/user-data <<'EOF'
#cloud-config
# What cloud-init does at this VM's first boot. Text stands in double quotes, where \n starts a new line.

# The name. cloud-init takes it from here and writes /etc/hostname.
hostname: "one"
preserve_hostname: false
# /etc/hosts is written once, below; with true, cloud-init would write its own at every boot.
manage_etc_hosts: false

# The user, with sudo and the lab's ssh key. The password is for the console.
users:
  - name: "student"
    shell: "/bin/bash"
    sudo: "ALL=(ALL) NOPASSWD:ALL"
    lock_passwd: false
    hashed_passwd: "@@labnet:crypt(851161e10f748f5c):@STATE@/labs/clones/one/password@@"
    ssh_authorized_keys:
      - "@@labnet:@STATE@/labs/clones/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:@STATE@/labs/clones/one/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:@STATE@/labs/clones/one/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 one\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n192.168.6.2 two\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 203.0.113.80\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
  - {"path": "/etc/systemd/network/10-labnet-eth0.link", "owner": "root:root", "permissions": "0644", "content": "[Match]\nMACAddress=02:66:5b:ce:00:fc\n\n[Link]\nName=eth0\n"}
  - {"path": "/etc/udev/rules.d/40-labnet-cpu.rules", "owner": "root:root", "permissions": "0644", "content": "ACTION==\"add\", SUBSYSTEM==\"cpu\", ATTR{online}==\"0\", ATTR{online}=\"1\"\n"}
  - {"path": "/etc/ssh/sshd_config.d/10-labnet.conf", "owner": "root:root", "permissions": "0644", "content": "PasswordAuthentication no\n"}
  - {"path": "/etc/environment", "owner": "root:root", "permissions": "0644", "content": "\nLANG=C.UTF-8\n", "append": true}

# Which of cloud-init's modules run: users come before files, or a file in the user's home would make the home root's.
cloud_init_modules: ["growpart", "resizefs", "set_hostname", "users_groups", "write_files", "ssh"]
# This VM needs no others, and each one not run saves time.
cloud_config_modules: []
cloud_final_modules: ["final_message"]

# cloud-init says this on the console when it has finished, at every boot: labnet waits for it.
final_message: "labnet-ready clones-one-edb28bc3"
EOF
fill_secret @STATE@/labs/clones/one/seed/user-data @STATE@/labs/clones/one/password 851161e10f748f5c
fill_secret @STATE@/labs/clones/one/seed/user-data @STATE@/labs/clones/id_ed25519.pub
fill_secret @STATE@/labs/clones/one/seed/user-data @STATE@/labs/clones/one/ssh_host_ed25519_key
fill_secret @STATE@/labs/clones/one/seed/user-data @STATE@/labs/clones/one/ssh_host_ed25519_key.pub
chmod 0600 @STATE@/labs/clones/one/seed/user-data
cat > @STATE@/labs/clones/one/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "clones-one-edb28bc3"
local-hostname: "one"
EOF
chmod 0600 @STATE@/labs/clones/one/seed/meta-data
cat > @STATE@/labs/clones/one/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # The card with this MAC address, whatever the image calls it, gets this name.
    mac_address: "02:66:5b:ce:00:fc"
    name: "eth0"
    mtu: 1500
    subnets:
      - type: "static"
        address: "192.168.6.1/24"
        # The default route: the host's own address on the bridge.
        gateway: "192.168.6.10"
        dns_nameservers:
          - "203.0.113.80"
EOF
chmod 0600 @STATE@/labs/clones/one/seed/network-config
: > @STATE@/labs/clones/one/seed.iso
chmod 0600 @STATE@/labs/clones/one/seed.iso
chown 1906550912:1906550912 @STATE@/labs/clones/one/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o @STATE@/labs/clones/one/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 @STATE@/labs/clones/one/seed
sync @STATE@/labs/clones/one/seed.iso
rm -rf @STATE@/labs/clones/one/seed

## overlay:two
: > @STATE@/labs/clones/two/sda-two.qcow2
chmod 0600 @STATE@/labs/clones/two/sda-two.qcow2
chown 1906550913:1906550913 @STATE@/labs/clones/two/sda-two.qcow2
setpriv \
  --reuid 1906550913 \
  --regid 1906550913 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- qemu-img create \
  -q \
  -f qcow2 \
  -F qcow2 \
  -b @STATE@/images/@debian-12.qcow2@.qcow2 @STATE@/labs/clones/two/sda-two.qcow2 10737418240

## seed:two
install -d -m 0700 @STATE@/labs/clones/two/seed
cat > @STATE@/labs/clones/two/seed/user-data <<'EOF'
#cloud-config
# What cloud-init does at this VM's first boot. Text stands in double quotes, where \n starts a new line.

# The name. cloud-init takes it from here and writes /etc/hostname.
hostname: "two"
preserve_hostname: false
# /etc/hosts is written once, below; with true, cloud-init would write its own at every boot.
manage_etc_hosts: false

# The user, with sudo and the lab's ssh key. The password is for the console.
users:
  - name: "student"
    shell: "/bin/bash"
    sudo: "ALL=(ALL) NOPASSWD:ALL"
    lock_passwd: false
    hashed_passwd: "@@labnet:crypt(8cf34da34e8acaa9):@STATE@/labs/clones/two/password@@"
    ssh_authorized_keys:
      - "@@labnet:@STATE@/labs/clones/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:@STATE@/labs/clones/two/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:@STATE@/labs/clones/two/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 two\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n192.168.6.1 one\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 203.0.113.80\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
  - {"path": "/etc/systemd/network/10-labnet-eth0.link", "owner": "root:root", "permissions": "0644", "content": "[Match]\nMACAddress=02:c5:f3:16:ec:4d\n\n[Link]\nName=eth0\n"}
  - {"path": "/etc/udev/rules.d/40-labnet-cpu.rules", "owner": "root:root", "permissions": "0644", "content": "ACTION==\"add\", SUBSYSTEM==\"cpu\", ATTR{online}==\"0\", ATTR{online}=\"1\"\n"}
  - {"path": "/etc/ssh/sshd_config.d/10-labnet.conf", "owner": "root:root", "permissions": "0644", "content": "PasswordAuthentication no\n"}
  - {"path": "/etc/environment", "owner": "root:root", "permissions": "0644", "content": "\nLANG=C.UTF-8\n", "append": true}

# Which of cloud-init's modules run: users come before files, or a file in the user's home would make the home root's.
cloud_init_modules: ["growpart", "resizefs", "set_hostname", "users_groups", "write_files", "ssh"]
# This VM needs no others, and each one not run saves time.
cloud_config_modules: []
cloud_final_modules: ["final_message"]

# cloud-init says this on the console when it has finished, at every boot: labnet waits for it.
final_message: "labnet-ready clones-two-4a4b7796"
EOF
fill_secret @STATE@/labs/clones/two/seed/user-data @STATE@/labs/clones/two/password 8cf34da34e8acaa9
fill_secret @STATE@/labs/clones/two/seed/user-data @STATE@/labs/clones/id_ed25519.pub
fill_secret @STATE@/labs/clones/two/seed/user-data @STATE@/labs/clones/two/ssh_host_ed25519_key
fill_secret @STATE@/labs/clones/two/seed/user-data @STATE@/labs/clones/two/ssh_host_ed25519_key.pub
chmod 0600 @STATE@/labs/clones/two/seed/user-data
cat > @STATE@/labs/clones/two/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "clones-two-4a4b7796"
local-hostname: "two"
EOF
chmod 0600 @STATE@/labs/clones/two/seed/meta-data
cat > @STATE@/labs/clones/two/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # The card with this MAC address, whatever the image calls it, gets this name.
    mac_address: "02:c5:f3:16:ec:4d"
    name: "eth0"
    mtu: 1500
    subnets:
      - type: "static"
        address: "192.168.6.2/24"
        # The default route: the host's own address on the bridge.
        gateway: "192.168.6.10"
        dns_nameservers:
          - "203.0.113.80"
EOF
chmod 0600 @STATE@/labs/clones/two/seed/network-config
: > @STATE@/labs/clones/two/seed.iso
chmod 0600 @STATE@/labs/clones/two/seed.iso
chown 1906550913:1906550913 @STATE@/labs/clones/two/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o @STATE@/labs/clones/two/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 @STATE@/labs/clones/two/seed
sync @STATE@/labs/clones/two/seed.iso
rm -rf @STATE@/labs/clones/two/seed

## bridge:br0
nsenter \
  --net=@RUN@/clones/host.ns \
  -- ip link add name br0 address 02:a2:ef:bb:52:fa mtu 1500 type bridge stp_state 0 forward_delay 0
nsenter \
  --net=@RUN@/clones/host.ns \
  -- ip link set dev br0 alias labnet:clones
nsenter \
  --net=@RUN@/clones/host.ns \
  -- sysctl \
  --ignore \
  --quiet \
  --write net.ipv6.conf.br0.disable_ipv6=1 net.ipv4.conf.br0.forwarding=1
nsenter \
  --net=@RUN@/clones/host.ns \
  -- ip address replace 192.168.6.10/24 dev br0
nsenter --net=@RUN@/clones/host.ns -- ip link set dev br0 up

## tap:one
nsenter \
  --net=@RUN@/clones/host.ns \
  -- ip tuntap add dev tap0 mode tap user 1906550912
nsenter \
  --net=@RUN@/clones/host.ns \
  -- ip link set dev tap0 alias labnet:clones
nsenter \
  --net=@RUN@/clones/host.ns \
  -- sysctl \
  --ignore \
  --quiet \
  --write net.ipv6.conf.tap0.disable_ipv6=1
nsenter \
  --net=@RUN@/clones/host.ns \
  -- ip link set dev tap0 mtu 1500 master br0 up
nsenter --net=@RUN@/clones/host.ns -- ip link set dev tap0 address 16:79:56:e4:8f:d5

## tap:two
nsenter \
  --net=@RUN@/clones/host.ns \
  -- ip tuntap add dev tap1 mode tap user 1906550913
nsenter \
  --net=@RUN@/clones/host.ns \
  -- ip link set dev tap1 alias labnet:clones
nsenter \
  --net=@RUN@/clones/host.ns \
  -- sysctl \
  --ignore \
  --quiet \
  --write net.ipv6.conf.tap1.disable_ipv6=1
nsenter \
  --net=@RUN@/clones/host.ns \
  -- ip link set dev tap1 mtu 1500 master br0 up
nsenter --net=@RUN@/clones/host.ns -- ip link set dev tap1 address 8e:bf:45:35:7f:6e

## anti-spoof:labnet_clones
nsenter --net=@RUN@/clones/host.ns -- nft --file - <<'EOF'
create table netdev labnet_clones { comment "labnet:clones"; }
table netdev labnet_clones {
  chain from_tap0 {
    type filter hook ingress device "tap0" priority filter; policy drop;
    ether saddr 02:66:5b:ce:00:fc ip saddr 192.168.6.1 accept
    ether saddr 02:66:5b:ce:00:fc arp saddr ether 02:66:5b:ce:00:fc arp saddr ip { 0.0.0.0, 192.168.6.1 } accept
  }

  chain from_tap1 {
    type filter hook ingress device "tap1" priority filter; policy drop;
    ether saddr 02:c5:f3:16:ec:4d ip saddr 192.168.6.2 accept
    ether saddr 02:c5:f3:16:ec:4d arp saddr ether 02:c5:f3:16:ec:4d arp saddr ip { 0.0.0.0, 192.168.6.2 } accept
  }
}
EOF

## firewall:labnet_clones
nsenter --net=@RUN@/clones/host.ns -- nft --file - <<'EOF'
create table inet labnet_clones { comment "labnet:clones"; }
table inet labnet_clones {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    # The outside sees the host's own address instead of the guests'.
    ip saddr 192.168.6.0/24 oifname "eth0" masquerade
  }

  chain clamp {
    type filter hook forward priority mangle; policy accept;
    # TCP segments that fit the route, for networks that drop the ICMP messages about it.
    iifname "br0" tcp flags syn / syn,rst tcp option maxseg size set rt mtu
    oifname "br0" tcp flags syn / syn,rst tcp option maxseg size set rt mtu
  }

  chain forward {
    type filter hook forward priority filter; policy accept;
    # With br_netfilter, frames from guest to guest pass here as well.
    iifname "br0" oifname "br0" accept
    iifname "br0" ct state established,related accept
    oifname "br0" ct state established,related accept
    iifname "br0" oifname "eth0" ip saddr 192.168.6.0/24 accept
    iifname "br0" drop
    oifname "br0" drop
  }

  chain input {
    type filter hook input priority filter; policy accept;
    # Guests may ping the host and answer it; they open no connection to its services but those the lab names.
    iifname "br0" ct state established,related accept
    iifname "br0" meta l4proto icmp accept
    iifname "br0" drop
  }
}
EOF

## forwarding:uplink
nsenter --net=@RUN@/clones/host.ns -- sysctl --quiet --write net.ipv4.conf.eth0.forwarding=1
cat > @RUN@/clones/settings.conf <<'EOF'
# labnet: kernel settings as they were before the first lab; put back after the last
# boot @BOOT@
# holder clones: net.ipv4.conf.eth0.forwarding net.ipv4.ip_forward
# wrote net.ipv4.conf.eth0.forwarding = 1
net.ipv4.ip_forward = 0
net.ipv4.conf.eth0.forwarding = 0
EOF

## machine:one
: > @STATE@/labs/clones/one/console.log
chmod 0600 @STATE@/labs/clones/one/console.log
chown 1906550912:1906550912 @STATE@/labs/clones/one/console.log
rm -rf @RUN@/clones/one/qmp.sock
coproc VIEW { exec unshare --mount --propagation private cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
mount --namespace "$VIEW_PID" -t tmpfs -o mode=0755,size=4k tmpfs /dev/net
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mknod --mode=0666 /dev/net/tun c 10 200
setsid nsenter \
  --net=@RUN@/clones/host.ns \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- setpriv \
  --reuid 1906550912 \
  --regid 1906550912 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - @STATE@/labs/clones/one/console.log 24ed2184-40f2-8235-8511-61e10f748f5c qemu-system-x86_64 \
  -name labnet-clones-one \
  -uuid 24ed2184-40f2-8235-8511-61e10f748f5c \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine pc \
  -accel tcg,thread=single,tb-size=128 \
  -cpu max \
  -smp cpus=1,maxcpus=2 \
  -m 512 \
  -display none \
  -rtc base=utc,clock=host,driftfix=slew \
  -msg timestamp=on \
  -kernel @STATE@/images/@debian-12.kernel@.kernel \
  -initrd @STATE@/images/@debian-12.initrd@.initrd \
  -append 'quiet fsck.mode=skip systemd.mask=apt-daily.timer systemd.mask=apt-daily-upgrade.timer systemd.mask=e2scrub_all.timer systemd.mask=e2scrub_reap.service systemd.mask=fstrim.timer systemd.mask=man-db.timer modprobe.blacklist=kvm_amd,kvm_intel,powernow_k8,aesni_intel,ghash_clmulni_intel,psmouse,pcspkr,floppy,i2c_piix4 systemd.mask=cloud-config.service lpj=16000000' \
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=@STATE@/labs/clones/one/sda-one.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2 \
  -drive if=none,id=seed,readonly=on,format=raw,file=@STATE@/labs/clones/one/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=tap0,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:66:5b:ce:00:fc,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=@RUN@/clones/one/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -qmp unix:@RUN@/clones/one/qmp.sock,server=on,wait=off <<< "$keep_console" >> @STATE@/labs/clones/one/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e @RUN@/clones/one/qmp.sock ]; do sleep 0.1; done'
view=$VIEW_PID; kill "$view"; wait "$view" || true
timeout 20 bash -c 'until grep -q labnet-ready @STATE@/labs/clones/one/console.log; do sleep 0.02; done'
plug_cpus @RUN@/clones/one/qmp.sock

## machine:two
: > @STATE@/labs/clones/two/console.log
chmod 0600 @STATE@/labs/clones/two/console.log
chown 1906550913:1906550913 @STATE@/labs/clones/two/console.log
rm -rf @RUN@/clones/two/qmp.sock
coproc VIEW { exec unshare --mount --propagation private cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
mount --namespace "$VIEW_PID" -t tmpfs -o mode=0755,size=4k tmpfs /dev/net
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mknod --mode=0666 /dev/net/tun c 10 200
setsid nsenter \
  --net=@RUN@/clones/host.ns \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- setpriv \
  --reuid 1906550913 \
  --regid 1906550913 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - @STATE@/labs/clones/two/console.log 0d721054-65b5-8cee-8cf3-4da34e8acaa9 qemu-system-x86_64 \
  -name labnet-clones-two \
  -uuid 0d721054-65b5-8cee-8cf3-4da34e8acaa9 \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine pc \
  -accel tcg,thread=single,tb-size=128 \
  -cpu max \
  -smp cpus=1,maxcpus=2 \
  -m 512 \
  -display none \
  -rtc base=utc,clock=host,driftfix=slew \
  -msg timestamp=on \
  -kernel @STATE@/images/@debian-12.kernel@.kernel \
  -initrd @STATE@/images/@debian-12.initrd@.initrd \
  -append 'quiet fsck.mode=skip systemd.mask=apt-daily.timer systemd.mask=apt-daily-upgrade.timer systemd.mask=e2scrub_all.timer systemd.mask=e2scrub_reap.service systemd.mask=fstrim.timer systemd.mask=man-db.timer modprobe.blacklist=kvm_amd,kvm_intel,powernow_k8,aesni_intel,ghash_clmulni_intel,psmouse,pcspkr,floppy,i2c_piix4 systemd.mask=cloud-config.service lpj=16000000' \
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=@STATE@/labs/clones/two/sda-two.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2 \
  -drive if=none,id=seed,readonly=on,format=raw,file=@STATE@/labs/clones/two/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=tap1,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:c5:f3:16:ec:4d,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=@RUN@/clones/two/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -qmp unix:@RUN@/clones/two/qmp.sock,server=on,wait=off <<< "$keep_console" >> @STATE@/labs/clones/two/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e @RUN@/clones/two/qmp.sock ]; do sleep 0.1; done'
view=$VIEW_PID; kill "$view"; wait "$view" || true
timeout 20 bash -c 'until grep -q labnet-ready @STATE@/labs/clones/two/console.log; do sleep 0.02; done'
plug_cpus @RUN@/clones/two/qmp.sock
