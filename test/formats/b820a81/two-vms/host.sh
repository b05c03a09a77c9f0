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
install -d -m 0755 @STATE@/labs/two-vms

## directory:run.lab
install -d -m 0711 -o 0 -g 0 @RUN@/two-vms

## directory:vm1
install -d -m 0710 -o 0 -g 1901760000 @STATE@/labs/two-vms/vm1

## directory:vm2
install -d -m 0710 -o 0 -g 1901760001 @STATE@/labs/two-vms/vm2

## directory:vm1.run
install -d -m 0700 -o 1901760000 -g 1901760000 @RUN@/two-vms/vm1

## directory:vm2.run
install -d -m 0700 -o 1901760001 -g 1901760001 @RUN@/two-vms/vm2

## key-pair:id_ed25519
rm -rf @STATE@/labs/two-vms/id_ed25519
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C labnet-two-vms \
  -f @STATE@/labs/two-vms/id_ed25519
sync @STATE@/labs/two-vms/id_ed25519 @STATE@/labs/two-vms/id_ed25519.pub

## key-pair:vm1
rm -rf @STATE@/labs/two-vms/vm1/ssh_host_ed25519_key
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C root@vm1 \
  -f @STATE@/labs/two-vms/vm1/ssh_host_ed25519_key
sync @STATE@/labs/two-vms/vm1/ssh_host_ed25519_key @STATE@/labs/two-vms/vm1/ssh_host_ed25519_key.pub

## password:vm1
printf %s password > @STATE@/labs/two-vms/vm1/password

## key-pair:vm2
rm -rf @STATE@/labs/two-vms/vm2/ssh_host_ed25519_key
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C root@vm2 \
  -f @STATE@/labs/two-vms/vm2/ssh_host_ed25519_key
sync @STATE@/labs/two-vms/vm2/ssh_host_ed25519_key @STATE@/labs/two-vms/vm2/ssh_host_ed25519_key.pub

## password:vm2
printf %s password > @STATE@/labs/two-vms/vm2/password

## text-file:known_hosts
cat > @STATE@/labs/two-vms/known_hosts <<'EOF'
vm1,192.168.6.1 @@labnet:@STATE@/labs/two-vms/vm1/ssh_host_ed25519_key.pub@@
vm2,192.168.6.2 @@labnet:@STATE@/labs/two-vms/vm2/ssh_host_ed25519_key.pub@@
EOF
fill_secret @STATE@/labs/two-vms/known_hosts @STATE@/labs/two-vms/vm1/ssh_host_ed25519_key.pub
fill_secret @STATE@/labs/two-vms/known_hosts @STATE@/labs/two-vms/vm2/ssh_host_ed25519_key.pub
chmod 0600 @STATE@/labs/two-vms/known_hosts
chown 0:0 @STATE@/labs/two-vms/known_hosts

## overlay:vm1
: > @STATE@/labs/two-vms/vm1/sda-vm1.qcow2
chmod 0600 @STATE@/labs/two-vms/vm1/sda-vm1.qcow2
chown 1901760000:1901760000 @STATE@/labs/two-vms/vm1/sda-vm1.qcow2
setpriv \
  --reuid 1901760000 \
  --regid 1901760000 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- qemu-img create \
  -q \
  -f qcow2 \
  -F qcow2 \
  -b @STATE@/images/@debian-11.qcow2@.qcow2 @STATE@/labs/two-vms/vm1/sda-vm1.qcow2 10737418240

## seed:vm1
install -d -m 0700 @STATE@/labs/two-vms/vm1/seed
cat > @STATE@/labs/two-vms/vm1/seed/user-data <<'EOF'
#cloud-config
# What cloud-init does at this VM's first boot. Text stands in double quotes, where \n starts a new line.

# The name. cloud-init takes it from here and writes /etc/hostname.
hostname: "vm1"
preserve_hostname: false
# /etc/hosts is written once, below; with true, cloud-init would write its own at every boot.
manage_etc_hosts: false

# The user, with sudo and the lab's ssh key. The password is for the console.
users:
  - name: "student"
    shell: "/bin/bash"
    sudo: "ALL=(ALL) NOPASSWD:ALL"
    lock_passwd: false
    hashed_passwd: "@@labnet:crypt(821cabf023e2ce63):@STATE@/labs/two-vms/vm1/password@@"
    ssh_authorized_keys:
      - "@@labnet:@STATE@/labs/two-vms/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:@STATE@/labs/two-vms/vm1/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:@STATE@/labs/two-vms/vm1/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 vm1\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n192.168.6.2 vm2\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 203.0.113.80\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
  - {"path": "/etc/systemd/network/10-labnet-eth0.link", "owner": "root:root", "permissions": "0644", "content": "[Match]\nMACAddress=02:59:3b:3e:74:f1\n\n[Link]\nName=eth0\n"}
  - {"path": "/etc/udev/rules.d/40-labnet-cpu.rules", "owner": "root:root", "permissions": "0644", "content": "ACTION==\"add\", SUBSYSTEM==\"cpu\", ATTR{online}==\"0\", ATTR{online}=\"1\"\n"}
  - {"path": "/etc/ssh/sshd_config.d/10-labnet.conf", "owner": "root:root", "permissions": "0644", "content": "PasswordAuthentication no\n"}
  - {"path": "/etc/environment", "owner": "root:root", "permissions": "0644", "content": "\nLANG=C.UTF-8\n", "append": true}

# Which of cloud-init's modules run: users come before files, or a file in the user's home would make the home root's.
cloud_init_modules: ["growpart", "resizefs", "set_hostname", "users_groups", "write_files", "ssh"]
# This VM needs no others, and each one not run saves time.
cloud_config_modules: []
cloud_final_modules: ["final_message"]

# cloud-init says this on the console when it has finished, at every boot: labnet waits for it.
final_message: "labnet-ready two-vms-vm1-c1e89123"
EOF
fill_secret @STATE@/labs/two-vms/vm1/seed/user-data @STATE@/labs/two-vms/vm1/password 821cabf023e2ce63
fill_secret @STATE@/labs/two-vms/vm1/seed/user-data @STATE@/labs/two-vms/id_ed25519.pub
fill_secret @STATE@/labs/two-vms/vm1/seed/user-data @STATE@/labs/two-vms/vm1/ssh_host_ed25519_key
fill_secret @STATE@/labs/two-vms/vm1/seed/user-data @STATE@/labs/two-vms/vm1/ssh_host_ed25519_key.pub
chmod 0600 @STATE@/labs/two-vms/vm1/seed/user-data
cat > @STATE@/labs/two-vms/vm1/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "two-vms-vm1-c1e89123"
local-hostname: "vm1"
EOF
chmod 0600 @STATE@/labs/two-vms/vm1/seed/meta-data
cat > @STATE@/labs/two-vms/vm1/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # The card with this MAC address, whatever the image calls it, gets this name.
    mac_address: "02:59:3b:3e:74:f1"
    name: "eth0"
    mtu: 1400
    subnets:
      - type: "static"
        address: "192.168.6.1/24"
        # The default route: the host's own address on the bridge.
        gateway: "192.168.6.10"
        dns_nameservers:
          - "203.0.113.80"
EOF
chmod 0600 @STATE@/labs/two-vms/vm1/seed/network-config
: > @STATE@/labs/two-vms/vm1/seed.iso
chmod 0600 @STATE@/labs/two-vms/vm1/seed.iso
chown 1901760000:1901760000 @STATE@/labs/two-vms/vm1/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o @STATE@/labs/two-vms/vm1/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 @STATE@/labs/two-vms/vm1/seed
sync @STATE@/labs/two-vms/vm1/seed.iso
rm -rf @STATE@/labs/two-vms/vm1/seed

## overlay:vm2
: > @STATE@/labs/two-vms/vm2/sda-vm2.qcow2
chmod 0600 @STATE@/labs/two-vms/vm2/sda-vm2.qcow2
chown 1901760001:1901760001 @STATE@/labs/two-vms/vm2/sda-vm2.qcow2
setpriv \
  --reuid 1901760001 \
  --regid 1901760001 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- qemu-img create \
  -q \
  -f qcow2 \
  -F qcow2 \
  -b @STATE@/images/@debian-11.qcow2@.qcow2 @STATE@/labs/two-vms/vm2/sda-vm2.qcow2 10737418240

## seed:vm2
install -d -m 0700 @STATE@/labs/two-vms/vm2/seed
cat > @STATE@/labs/two-vms/vm2/seed/user-data <<'EOF'
#cloud-config
# What cloud-init does at this VM's first boot. Text stands in double quotes, where \n starts a new line.

# The name. cloud-init takes it from here and writes /etc/hostname.
hostname: "vm2"
preserve_hostname: false
# /etc/hosts is written once, below; with true, cloud-init would write its own at every boot.
manage_etc_hosts: false

# The user, with sudo and the lab's ssh key. The password is for the console.
users:
  - name: "student"
    shell: "/bin/bash"
    sudo: "ALL=(ALL) NOPASSWD:ALL"
    lock_passwd: false
    hashed_passwd: "@@labnet:crypt(8e4fd4ab34af62ae):@STATE@/labs/two-vms/vm2/password@@"
    ssh_authorized_keys:
      - "@@labnet:@STATE@/labs/two-vms/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:@STATE@/labs/two-vms/vm2/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:@STATE@/labs/two-vms/vm2/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 vm2\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n192.168.6.1 vm1\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 203.0.113.80\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
  - {"path": "/etc/systemd/network/10-labnet-eth0.link", "owner": "root:root", "permissions": "0644", "content": "[Match]\nMACAddress=02:ea:6a:6e:d2:8c\n\n[Link]\nName=eth0\n"}
  - {"path": "/etc/udev/rules.d/40-labnet-cpu.rules", "owner": "root:root", "permissions": "0644", "content": "ACTION==\"add\", SUBSYSTEM==\"cpu\", ATTR{online}==\"0\", ATTR{online}=\"1\"\n"}
  - {"path": "/etc/ssh/sshd_config.d/10-labnet.conf", "owner": "root:root", "permissions": "0644", "content": "PasswordAuthentication no\n"}
  - {"path": "/etc/environment", "owner": "root:root", "permissions": "0644", "content": "\nLANG=C.UTF-8\n", "append": true}

# Which of cloud-init's modules run: users come before files, or a file in the user's home would make the home root's.
cloud_init_modules: ["growpart", "resizefs", "set_hostname", "users_groups", "write_files", "ssh"]
# This VM needs no others, and each one not run saves time.
cloud_config_modules: []
cloud_final_modules: ["final_message"]

# cloud-init says this on the console when it has finished, at every boot: labnet waits for it.
final_message: "labnet-ready two-vms-vm2-31a9a745"
EOF
fill_secret @STATE@/labs/two-vms/vm2/seed/user-data @STATE@/labs/two-vms/vm2/password 8e4fd4ab34af62ae
fill_secret @STATE@/labs/two-vms/vm2/seed/user-data @STATE@/labs/two-vms/id_ed25519.pub
fill_secret @STATE@/labs/two-vms/vm2/seed/user-data @STATE@/labs/two-vms/vm2/ssh_host_ed25519_key
fill_secret @STATE@/labs/two-vms/vm2/seed/user-data @STATE@/labs/two-vms/vm2/ssh_host_ed25519_key.pub
chmod 0600 @STATE@/labs/two-vms/vm2/seed/user-data
cat > @STATE@/labs/two-vms/vm2/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "two-vms-vm2-31a9a745"
local-hostname: "vm2"
EOF
chmod 0600 @STATE@/labs/two-vms/vm2/seed/meta-data
cat > @STATE@/labs/two-vms/vm2/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # The card with this MAC address, whatever the image calls it, gets this name.
    mac_address: "02:ea:6a:6e:d2:8c"
    name: "eth0"
    mtu: 1400
    subnets:
      - type: "static"
        address: "192.168.6.2/24"
        # The default route: the host's own address on the bridge.
        gateway: "192.168.6.10"
        dns_nameservers:
          - "203.0.113.80"
EOF
chmod 0600 @STATE@/labs/two-vms/vm2/seed/network-config
: > @STATE@/labs/two-vms/vm2/seed.iso
chmod 0600 @STATE@/labs/two-vms/vm2/seed.iso
chown 1901760001:1901760001 @STATE@/labs/two-vms/vm2/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o @STATE@/labs/two-vms/vm2/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 @STATE@/labs/two-vms/vm2/seed
sync @STATE@/labs/two-vms/vm2/seed.iso
rm -rf @STATE@/labs/two-vms/vm2/seed

## bridge:br0
ip link add name br0 address 02:21:ca:fb:dc:0d mtu 1400 type bridge stp_state 0 forward_delay 0
ip link set dev br0 alias labnet:two-vms
sysctl --ignore --quiet --write net.ipv6.conf.br0.disable_ipv6=1 net.ipv4.conf.br0.forwarding=1
ip address replace 192.168.6.10/24 dev br0
ip link set dev br0 up

## tap:vm1
ip tuntap add dev tap0 mode tap user 1901760000
ip link set dev tap0 alias labnet:two-vms
sysctl --ignore --quiet --write net.ipv6.conf.tap0.disable_ipv6=1
ip link set dev tap0 mtu 1400 master br0 up
ip link set dev tap0 address f6:e8:68:b2:8d:ec

## tap:vm2
ip tuntap add dev tap1 mode tap user 1901760001
ip link set dev tap1 alias labnet:two-vms
sysctl --ignore --quiet --write net.ipv6.conf.tap1.disable_ipv6=1
ip link set dev tap1 mtu 1400 master br0 up
ip link set dev tap1 address ba:ae:f9:d8:18:35

## anti-spoof:labnet_two_vms
nft --file - <<'EOF'
create table netdev labnet_two_vms { comment "labnet:two-vms"; }
table netdev labnet_two_vms {
  chain from_tap0 {
    type filter hook ingress device "tap0" priority filter; policy drop;
    ether saddr 02:59:3b:3e:74:f1 ip saddr 192.168.6.1 accept
    ether saddr 02:59:3b:3e:74:f1 arp saddr ether 02:59:3b:3e:74:f1 arp saddr ip { 0.0.0.0, 192.168.6.1 } accept
  }

  chain from_tap1 {
    type filter hook ingress device "tap1" priority filter; policy drop;
    ether saddr 02:ea:6a:6e:d2:8c ip saddr 192.168.6.2 accept
    ether saddr 02:ea:6a:6e:d2:8c arp saddr ether 02:ea:6a:6e:d2:8c arp saddr ip { 0.0.0.0, 192.168.6.2 } accept
  }
}
EOF

## firewall:labnet_two_vms
nft --file - <<'EOF'
create table inet labnet_two_vms { comment "labnet:two-vms"; }
table inet labnet_two_vms {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    # The outside sees the host's own address instead of the guests'.
    ip saddr 192.168.6.0/24 oifname "up0" masquerade
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
    iifname "br0" oifname "up0" ip saddr 192.168.6.0/24 accept
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
sysctl --quiet --write net.ipv4.conf.up0.forwarding=1
cat > @RUN@/settings.conf <<'EOF'
# labnet: kernel settings as they were before the first lab; put back after the last
# boot @BOOT@
# holder two-vms: net.ipv4.conf.up0.forwarding net.ipv4.ip_forward
# wrote net.ipv4.conf.up0.forwarding = 1
net.ipv4.ip_forward = 0
net.ipv4.conf.up0.forwarding = 0
EOF

## machine:vm2
: > @STATE@/labs/two-vms/vm2/console.log
chmod 0600 @STATE@/labs/two-vms/vm2/console.log
chown 1901760001:1901760001 @STATE@/labs/two-vms/vm2/console.log
rm -rf @RUN@/two-vms/vm2/qmp.sock
coproc VIEW { exec unshare --mount --propagation private cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
mount --namespace "$VIEW_PID" -t tmpfs -o mode=0755,size=4k tmpfs /dev/net
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mknod --mode=0666 /dev/net/tun c 10 200
setsid nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- setpriv \
  --reuid 1901760001 \
  --regid 1901760001 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - @STATE@/labs/two-vms/vm2/console.log af981d01-dea0-8524-8e4f-d4ab34af62ae qemu-system-x86_64 \
  -name labnet-two-vms-vm2 \
  -uuid af981d01-dea0-8524-8e4f-d4ab34af62ae \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine pc \
  -accel tcg,thread=single,tb-size=128 \
  -cpu max \
  -smp cpus=1,maxcpus=2 \
  -m 512 \
  -display none \
  -machine graphics=off \
  -rtc base=utc,clock=host,driftfix=slew \
  -msg timestamp=on \
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=@STATE@/labs/two-vms/vm2/sda-vm2.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2,bootindex=0 \
  -drive if=none,id=seed,readonly=on,format=raw,file=@STATE@/labs/two-vms/vm2/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=tap1,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:ea:6a:6e:d2:8c,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=@RUN@/two-vms/vm2/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -qmp unix:@RUN@/two-vms/vm2/qmp.sock,server=on,wait=off <<< "$keep_console" >> @STATE@/labs/two-vms/vm2/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e @RUN@/two-vms/vm2/qmp.sock ]; do sleep 0.1; done'
view=$VIEW_PID; kill "$view"; wait "$view" || true
timeout 20 bash -c 'until grep -q labnet-ready @STATE@/labs/two-vms/vm2/console.log; do sleep 0.02; done'
plug_cpus @RUN@/two-vms/vm2/qmp.sock

## machine:vm1
: > @STATE@/labs/two-vms/vm1/console.log
chmod 0600 @STATE@/labs/two-vms/vm1/console.log
chown 1901760000:1901760000 @STATE@/labs/two-vms/vm1/console.log
rm -rf @RUN@/two-vms/vm1/qmp.sock
coproc VIEW { exec unshare --mount --propagation private cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
mount --namespace "$VIEW_PID" -t tmpfs -o mode=0755,size=4k tmpfs /dev/net
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mknod --mode=0666 /dev/net/tun c 10 200
setsid nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- setpriv \
  --reuid 1901760000 \
  --regid 1901760000 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - @STATE@/labs/two-vms/vm1/console.log ebb801df-1838-8201-821c-abf023e2ce63 qemu-system-x86_64 \
  -name labnet-two-vms-vm1 \
  -uuid ebb801df-1838-8201-821c-abf023e2ce63 \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine pc \
  -accel tcg,thread=single,tb-size=128 \
  -cpu max \
  -smp cpus=1,maxcpus=2 \
  -m 512 \
  -display none \
  -machine graphics=off \
  -rtc base=utc,clock=host,driftfix=slew \
  -msg timestamp=on \
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=@STATE@/labs/two-vms/vm1/sda-vm1.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2,bootindex=0 \
  -drive if=none,id=seed,readonly=on,format=raw,file=@STATE@/labs/two-vms/vm1/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=tap0,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:59:3b:3e:74:f1,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=@RUN@/two-vms/vm1/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -qmp unix:@RUN@/two-vms/vm1/qmp.sock,server=on,wait=off <<< "$keep_console" >> @STATE@/labs/two-vms/vm1/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e @RUN@/two-vms/vm1/qmp.sock ]; do sleep 0.1; done'
view=$VIEW_PID; kill "$view"; wait "$view" || true
timeout 20 bash -c 'until grep -q labnet-ready @STATE@/labs/two-vms/vm1/console.log; do sleep 0.02; done'
plug_cpus @RUN@/two-vms/vm1/qmp.sock
