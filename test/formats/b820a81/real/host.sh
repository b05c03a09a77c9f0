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
install -d -m 0755 @STATE@/labs/lab

## directory:run.lab
install -d -m 0711 -o 0 -g 0 @RUN@/lab

## directory:vm1
install -d -m 0710 -o 0 -g 1901763584 @STATE@/labs/lab/vm1

## directory:vm1.run
install -d -m 0700 -o 1901763584 -g 1901763584 @RUN@/lab/vm1

## namespace:host
: > @RUN@/lab/host.ns
chmod 0600 @RUN@/lab/host.ns
unshare --net=@RUN@/lab/host.ns -- ip link set dev lo up

## namespace:internet
: > @RUN@/lab/internet.ns
chmod 0600 @RUN@/lab/internet.ns
unshare --net=@RUN@/lab/internet.ns -- ip link set dev lo up

## directory:internet
install -d -m 0700 -o 1901763704 -g 1901763704 @RUN@/lab/internet

## veth:uplink
nsenter \
  --net=@RUN@/lab/host.ns \
  -- ip link add dev eth0 type veth peer name eth0 netns @RUN@/lab/internet.ns
nsenter --net=@RUN@/lab/host.ns -- ip link set dev eth0 alias labnet:lab
nsenter --net=@RUN@/lab/internet.ns -- ip -batch - <<'EOF'
address add 198.51.100.1/24 dev eth0
address replace 203.0.113.80/32 dev lo
link set dev eth0 up
EOF
nsenter --net=@RUN@/lab/host.ns -- ip -batch - <<'EOF'
address add 198.51.100.2/24 dev eth0
link set dev eth0 up
route add default via 198.51.100.1
EOF
nsenter --net=@RUN@/lab/host.ns -- ip link set dev eth0 address ea:30:17:c9:45:f0

## internet:server
rm -rf @RUN@/lab/internet/ready
setsid nsenter \
  --net=@RUN@/lab/internet.ns \
  -- @INTERNET@ stand-in-internet 203.0.113.80 www.internet.test @RUN@/lab/internet/ready 1901763704 e73ae3a2-4a2f-87c7-8861-8a0e1b6bb72b < /dev/null >> @RUN@/lab/internet/internet.log 2>&1 &
timeout 20 bash -c 'until [ -e @RUN@/lab/internet/ready ]; do sleep 0.1; done'

## key-pair:id_ed25519
rm -rf @STATE@/labs/lab/id_ed25519
ssh-keygen -q -t ed25519 -N '' -C labnet-lab -f @STATE@/labs/lab/id_ed25519
sync @STATE@/labs/lab/id_ed25519 @STATE@/labs/lab/id_ed25519.pub

## key-pair:vm1
rm -rf @STATE@/labs/lab/vm1/ssh_host_ed25519_key
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C root@vm1 \
  -f @STATE@/labs/lab/vm1/ssh_host_ed25519_key
sync @STATE@/labs/lab/vm1/ssh_host_ed25519_key @STATE@/labs/lab/vm1/ssh_host_ed25519_key.pub

## password:vm1
printf %s password > @STATE@/labs/lab/vm1/password

## text-file:known_hosts
cat > @STATE@/labs/lab/known_hosts <<'EOF'
vm1,192.168.6.1 @@labnet:@STATE@/labs/lab/vm1/ssh_host_ed25519_key.pub@@
EOF
fill_secret @STATE@/labs/lab/known_hosts @STATE@/labs/lab/vm1/ssh_host_ed25519_key.pub
chmod 0600 @STATE@/labs/lab/known_hosts
chown 0:0 @STATE@/labs/lab/known_hosts

## overlay:vm1
: > @STATE@/labs/lab/vm1/sda-vm1.qcow2
chmod 0600 @STATE@/labs/lab/vm1/sda-vm1.qcow2
chown 1901763584:1901763584 @STATE@/labs/lab/vm1/sda-vm1.qcow2
setpriv \
  --reuid 1901763584 \
  --regid 1901763584 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- qemu-img create \
  -q \
  -f qcow2 \
  -F qcow2 \
  -b @STATE@/images/@debian-11.qcow2@.qcow2 @STATE@/labs/lab/vm1/sda-vm1.qcow2 10737418240

## seed:vm1
install -d -m 0700 @STATE@/labs/lab/vm1/seed
cat > @STATE@/labs/lab/vm1/seed/user-data <<'EOF'
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
    hashed_passwd: "@@labnet:crypt(8138cd3755d944ea):@STATE@/labs/lab/vm1/password@@"
    ssh_authorized_keys:
      - "@@labnet:@STATE@/labs/lab/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:@STATE@/labs/lab/vm1/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:@STATE@/labs/lab/vm1/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 vm1\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 203.0.113.80\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
  - {"path": "/etc/udev/rules.d/40-labnet-cpu.rules", "owner": "root:root", "permissions": "0644", "content": "ACTION==\"add\", SUBSYSTEM==\"cpu\", ATTR{online}==\"0\", ATTR{online}=\"1\"\n"}
  - {"path": "/etc/ssh/sshd_config.d/10-labnet.conf", "owner": "root:root", "permissions": "0644", "content": "PasswordAuthentication no\n"}
  - {"path": "/etc/environment", "owner": "root:root", "permissions": "0644", "content": "\nLANG=C.UTF-8\n", "append": true}

# Which of cloud-init's modules run: users come before files, or a file in the user's home would make the home root's.
cloud_init_modules: ["growpart", "resizefs", "set_hostname", "users_groups", "write_files", "ssh"]
# This VM needs no others, and each one not run saves time.
cloud_config_modules: []
cloud_final_modules: ["final_message"]

# cloud-init says this on the console when it has finished, at every boot: labnet waits for it.
final_message: "labnet-ready lab-vm1-13f14826"
EOF
fill_secret @STATE@/labs/lab/vm1/seed/user-data @STATE@/labs/lab/vm1/password 8138cd3755d944ea
fill_secret @STATE@/labs/lab/vm1/seed/user-data @STATE@/labs/lab/id_ed25519.pub
fill_secret @STATE@/labs/lab/vm1/seed/user-data @STATE@/labs/lab/vm1/ssh_host_ed25519_key
fill_secret @STATE@/labs/lab/vm1/seed/user-data @STATE@/labs/lab/vm1/ssh_host_ed25519_key.pub
chmod 0600 @STATE@/labs/lab/vm1/seed/user-data
cat > @STATE@/labs/lab/vm1/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "lab-vm1-13f14826"
local-hostname: "vm1"
EOF
chmod 0600 @STATE@/labs/lab/vm1/seed/meta-data
cat > @STATE@/labs/lab/vm1/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # Matched by its name and not by its MAC address, "02:84:92:ac:0b:59": the disk also boots behind another card.
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
chmod 0600 @STATE@/labs/lab/vm1/seed/network-config
: > @STATE@/labs/lab/vm1/seed.iso
chmod 0600 @STATE@/labs/lab/vm1/seed.iso
chown 1901763584:1901763584 @STATE@/labs/lab/vm1/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o @STATE@/labs/lab/vm1/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 @STATE@/labs/lab/vm1/seed
sync @STATE@/labs/lab/vm1/seed.iso
rm -rf @STATE@/labs/lab/vm1/seed

## bridge:br0
nsenter \
  --net=@RUN@/lab/host.ns \
  -- ip link add name br0 address 02:53:d0:98:4e:0c mtu 1500 type bridge stp_state 0 forward_delay 0
nsenter --net=@RUN@/lab/host.ns -- ip link set dev br0 alias labnet:lab
nsenter \
  --net=@RUN@/lab/host.ns \
  -- sysctl \
  --ignore \
  --quiet \
  --write net.ipv6.conf.br0.disable_ipv6=1 net.ipv4.conf.br0.forwarding=1
nsenter \
  --net=@RUN@/lab/host.ns \
  -- ip address replace 192.168.6.10/24 dev br0
nsenter --net=@RUN@/lab/host.ns -- ip link set dev br0 up

## tap:vm1
nsenter \
  --net=@RUN@/lab/host.ns \
  -- ip tuntap add dev tap0 mode tap user 1901763584
nsenter --net=@RUN@/lab/host.ns -- ip link set dev tap0 alias labnet:lab
nsenter \
  --net=@RUN@/lab/host.ns \
  -- sysctl \
  --ignore \
  --quiet \
  --write net.ipv6.conf.tap0.disable_ipv6=1
nsenter \
  --net=@RUN@/lab/host.ns \
  -- ip link set dev tap0 mtu 1500 master br0 up
nsenter --net=@RUN@/lab/host.ns -- ip link set dev tap0 address f2:0e:f7:ba:97:ad

## anti-spoof:labnet_lab
nsenter --net=@RUN@/lab/host.ns -- nft --file - <<'EOF'
create table netdev labnet_lab { comment "labnet:lab"; }
table netdev labnet_lab {
  chain from_tap0 {
    type filter hook ingress device "tap0" priority filter; policy drop;
    ether saddr 02:84:92:ac:0b:59 ip saddr 192.168.6.1 accept
    ether saddr 02:84:92:ac:0b:59 arp saddr ether 02:84:92:ac:0b:59 arp saddr ip { 0.0.0.0, 192.168.6.1 } accept
  }
}
EOF

## firewall:labnet_lab
nsenter --net=@RUN@/lab/host.ns -- nft --file - <<'EOF'
create table inet labnet_lab { comment "labnet:lab"; }
table inet labnet_lab {
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
nsenter --net=@RUN@/lab/host.ns -- sysctl --quiet --write net.ipv4.conf.eth0.forwarding=1
cat > @RUN@/lab/settings.conf <<'EOF'
# labnet: kernel settings as they were before the first lab; put back after the last
# boot @BOOT@
# holder lab: net.ipv4.conf.eth0.forwarding net.ipv4.ip_forward
# wrote net.ipv4.conf.eth0.forwarding = 1
net.ipv4.ip_forward = 0
net.ipv4.conf.eth0.forwarding = 0
EOF

## machine:vm1
: > @STATE@/labs/lab/vm1/console.log
chmod 0600 @STATE@/labs/lab/vm1/console.log
chown 1901763584:1901763584 @STATE@/labs/lab/vm1/console.log
rm -rf @RUN@/lab/vm1/qmp.sock
coproc VIEW { exec unshare --mount --propagation private cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
mount --namespace "$VIEW_PID" -t tmpfs -o mode=0755,size=4k tmpfs /dev/net
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mknod --mode=0666 /dev/net/tun c 10 200
setsid nsenter \
  --net=@RUN@/lab/host.ns \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- setpriv \
  --reuid 1901763584 \
  --regid 1901763584 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - @STATE@/labs/lab/vm1/console.log ec77c488-b48f-8fb9-8138-cd3755d944ea qemu-system-x86_64 \
  -name labnet-lab-vm1 \
  -uuid ec77c488-b48f-8fb9-8138-cd3755d944ea \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine pc \
  -accel tcg,thread=multi,tb-size=128 \
  -cpu max \
  -smp 2 \
  -m 512 \
  -display none \
  -rtc base=utc,clock=host,driftfix=slew \
  -msg timestamp=on \
  -kernel @STATE@/images/@debian-11.kernel@.kernel \
  -initrd @STATE@/images/@debian-11.initrd@.initrd \
  -append 'root=LABEL=root ro net.ifnames=0 biosdevname=0 console=tty0 console=ttyS0,115200 fsck.mode=skip systemd.mask=apt-daily.timer systemd.mask=apt-daily-upgrade.timer systemd.mask=e2scrub_all.timer systemd.mask=e2scrub_reap.service systemd.mask=fstrim.timer systemd.mask=man-db.timer modprobe.blacklist=kvm_amd,kvm_intel,powernow_k8,aesni_intel,ghash_clmulni_intel,psmouse,pcspkr,floppy,i2c_piix4 systemd.mask=cloud-config.service' \
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=@STATE@/labs/lab/vm1/sda-vm1.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2 \
  -drive if=none,id=seed,readonly=on,format=raw,file=@STATE@/labs/lab/vm1/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=tap0,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:84:92:ac:0b:59,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=@RUN@/lab/vm1/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -qmp unix:@RUN@/lab/vm1/qmp.sock,server=on,wait=off <<< "$keep_console" >> @STATE@/labs/lab/vm1/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e @RUN@/lab/vm1/qmp.sock ]; do sleep 0.1; done'
view=$VIEW_PID; kill "$view"; wait "$view" || true
timeout 20 bash -c 'until grep -q labnet-ready @STATE@/labs/lab/vm1/console.log; do sleep 0.02; done'
