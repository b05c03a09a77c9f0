#!/usr/bin/env bash
# What labnet does to make the lab lab: run it as root, or read it and type it.
# The way back is `labnet plan --undo`.
# warning: debian-11 has no kernel beside it: its VMs boot by firmware, which takes longer
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

### Run directory

# directory:run.lab: holds the lab's sockets and namespaces; it does not survive a reboot
install -d -m 0711 -o 0 -g 0 /run/labnet/lab

### Directories

# directory:vm1: holds the files of vm1: the uid that vm1 runs as can open its own, and make none
install -d -m 0710 -o 0 -g 1901763584 /var/lib/labnet/labs/lab/vm1

# directory:vm1.run: holds the sockets of vm1: QEMU's control socket (QMP), the console, and labnet's own way in
install -d -m 0700 -o 1901763584 -g 1901763584 /run/labnet/lab/vm1

# directory:vm2: holds the files of vm2: the uid that vm2 runs as can open its own, and make none
install -d -m 0710 -o 0 -g 1901763585 /var/lib/labnet/labs/lab/vm2

# directory:vm2.run: holds the sockets of vm2: QEMU's control socket (QMP), the console, and labnet's own way in
install -d -m 0700 -o 1901763585 -g 1901763585 /run/labnet/lab/vm2

### Sandbox: namespaces

# namespace:host: stands in for the host's network: bridge, taps and NAT live in it
: > /run/labnet/lab/host.ns
chmod 0600 /run/labnet/lab/host.ns
unshare --net=/run/labnet/lab/host.ns -- ip link set dev lo up

# namespace:internet: stands in for the internet
: > /run/labnet/lab/internet.ns
chmod 0600 /run/labnet/lab/internet.ns
unshare --net=/run/labnet/lab/internet.ns -- ip link set dev lo up

# directory:internet: holds the log of the stand-in internet
install -d -m 0700 -o 1901763704 -g 1901763704 /run/labnet/lab/internet

### Sandbox: uplink

# veth:uplink: the cable from the sandbox to the stand-in internet: what an uplink is on a real host
nsenter \
  --net=/run/labnet/lab/host.ns \
  -- ip link add dev eth0 type veth peer name eth0 netns /run/labnet/lab/internet.ns
nsenter --net=/run/labnet/lab/host.ns -- ip link set dev eth0 alias labnet:lab
nsenter --net=/run/labnet/lab/internet.ns -- ip -batch - <<'EOF'
address add 198.51.100.1/24 dev eth0
address replace 203.0.113.80/32 dev lo
link set dev eth0 up
EOF
nsenter --net=/run/labnet/lab/host.ns -- ip -batch - <<'EOF'
address add 198.51.100.2/24 dev eth0
link set dev eth0 up
route add default via 198.51.100.1
EOF

### Sandbox: internet

# internet:server: stands in for the internet: 203.0.113.80 answers ping, HTTP and DNS, and no packet leaves the PC
nsenter \
  --net=/run/labnet/lab/internet.ns \
  -- sysctl \
  --quiet \
  --write net.ipv4.ip_unprivileged_port_start=0
rm -rf /run/labnet/lab/internet/ready
setsid nsenter \
  --net=/run/labnet/lab/internet.ns \
  -- setpriv \
  --reuid 1901763704 \
  --regid 1901763704 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- /proc/self/fd/3 \
  --input-type=module \
  - stand-in-internet 203.0.113.80 www.internet.test /run/labnet/lab/internet/ready b97b4ef8-290d-8bd7-8015-215eca28c5d0 < /usr/lib/labnet/dist/stand-in-internet.js 3< /usr/bin/node >> /run/labnet/lab/internet/internet.log 2>&1 &
timeout 20 bash -c 'until [ -e /run/labnet/lab/internet/ready ]; do sleep 0.1; done'

### Keys and passwords

# key-pair:id_ed25519: the key with which `labnet ssh` and the probes enter the VMs
rm -rf /var/lib/labnet/labs/lab/id_ed25519
ssh-keygen -q -t ed25519 -N '' -C labnet-lab -f /var/lib/labnet/labs/lab/id_ed25519
chown 1000 /var/lib/labnet/labs/lab/id_ed25519 /var/lib/labnet/labs/lab/id_ed25519.pub
sync /var/lib/labnet/labs/lab/id_ed25519 /var/lib/labnet/labs/lab/id_ed25519.pub

# key-pair:vm1: the host key of vm1, made here so that it is known before the first connection
rm -rf /var/lib/labnet/labs/lab/vm1/ssh_host_ed25519_key
ssh-keygen -q -t ed25519 -N '' -C root@vm1 -f /var/lib/labnet/labs/lab/vm1/ssh_host_ed25519_key
sync /var/lib/labnet/labs/lab/vm1/ssh_host_ed25519_key /var/lib/labnet/labs/lab/vm1/ssh_host_ed25519_key.pub

# password:vm1: a random password for the console, which must work when the network does not
od -An -N8 -tx1 /dev/urandom | tr -d ' \n' > /var/lib/labnet/labs/lab/vm1/password

# key-pair:vm2: the host key of vm2, made here so that it is known before the first connection
rm -rf /var/lib/labnet/labs/lab/vm2/ssh_host_ed25519_key
ssh-keygen -q -t ed25519 -N '' -C root@vm2 -f /var/lib/labnet/labs/lab/vm2/ssh_host_ed25519_key
sync /var/lib/labnet/labs/lab/vm2/ssh_host_ed25519_key /var/lib/labnet/labs/lab/vm2/ssh_host_ed25519_key.pub

# password:vm2: a random password for the console, which must work when the network does not
od -An -N8 -tx1 /dev/urandom | tr -d ' \n' > /var/lib/labnet/labs/lab/vm2/password

### Disks and seeds

# text-file:known_hosts: the host keys of the VMs, so that ssh knows them from the first connection
cat > /var/lib/labnet/labs/lab/known_hosts <<'EOF'
vm1,192.168.6.1 @@labnet:/var/lib/labnet/labs/lab/vm1/ssh_host_ed25519_key.pub@@
vm2,192.168.6.2 @@labnet:/var/lib/labnet/labs/lab/vm2/ssh_host_ed25519_key.pub@@
EOF
fill_secret /var/lib/labnet/labs/lab/known_hosts /var/lib/labnet/labs/lab/vm1/ssh_host_ed25519_key.pub
fill_secret /var/lib/labnet/labs/lab/known_hosts /var/lib/labnet/labs/lab/vm2/ssh_host_ed25519_key.pub
chmod 0600 /var/lib/labnet/labs/lab/known_hosts
chown 1000:1000 /var/lib/labnet/labs/lab/known_hosts

# overlay:vm1: the VM's disk: what the VM writes goes here, what it has not written is read from /var/lib/labnet/images/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.qcow2
: > /var/lib/labnet/labs/lab/vm1/sda-vm1.qcow2
chmod 0600 /var/lib/labnet/labs/lab/vm1/sda-vm1.qcow2
chown 1901763584:1901763584 /var/lib/labnet/labs/lab/vm1/sda-vm1.qcow2
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
  -b /var/lib/labnet/images/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.qcow2 /var/lib/labnet/labs/lab/vm1/sda-vm1.qcow2 10737418240

# seed:vm1: the CD from which the VM learns its name, addresses, users and keys at its first boot (cloud-init, NoCloud)
install -d -m 0700 /var/lib/labnet/labs/lab/vm1/seed
cat > /var/lib/labnet/labs/lab/vm1/seed/user-data <<'EOF'
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
    hashed_passwd: "@@labnet:crypt(86a77e2f75da95f1):/var/lib/labnet/labs/lab/vm1/password@@"
    ssh_authorized_keys:
      - "@@labnet:/var/lib/labnet/labs/lab/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:/var/lib/labnet/labs/lab/vm1/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:/var/lib/labnet/labs/lab/vm1/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 vm1\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n192.168.6.2 vm2\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 203.0.113.80\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
  - {"path": "/etc/udev/rules.d/40-labnet-cpu.rules", "owner": "root:root", "permissions": "0644", "content": "ACTION==\"add\", SUBSYSTEM==\"cpu\", ATTR{online}==\"0\", ATTR{online}=\"1\"\n"}
  - {"path": "/etc/ssh/sshd_config.d/10-labnet.conf", "owner": "root:root", "permissions": "0644", "content": "PasswordAuthentication no\n"}
  - {"path": "/etc/environment", "owner": "root:root", "permissions": "0644", "content": "\nLANG=C.UTF-8\n", "append": true}
  - {"path": "/var/lib/labnet/reach", "owner": "root:root", "permissions": "0600", "content": "# labnet's second way into this VM, run by labnet-reach.service: what comes from the host by a port of QEMU's is run here\n# by root. It wants no network, no user and no key.\n# A request: a line with a word nobody guesses and a number of seconds, a script, and that word alone.\n# The answer: a line with the word, what the script says, at most 1 MiB, and a line with the word and the script's status.\nport=/dev/virtio-ports/labnet.reach\nwork=/run/labnet-reach\nmkdir -p -m 0700 \"$work\"\nexec 3<> \"$port\"\n# The kernel holds a write back until somebody opens the host's end (virtio_console, port_fops_write): this waits for it.\nwhile echo 'labnet: here' >&3; do\n  while read -r word seconds <&3; do\n    case $word$seconds in '' | *[!0-9a-f]*) continue ;; esac\n    while IFS= read -r line <&3 && [ \"$line\" != \"$word\" ]; do printf '%s\\n' \"$line\"; done > \"$work/script\"\n    # Where the host's end was closed before the script was whole, nothing is run.\n    [ \"$line\" = \"$word\" ] || break\n    echo \"$word begins\" >&3\n    timeout -k 5 \"$seconds\" sh \"$work/script\" > \"$work/said\" 2>&1 < /dev/null 3>&-\n    ended=$?\n    head -c 1048576 \"$work/said\" >&3\n    printf '\\n%s %s\\n' \"$word\" \"$ended\" >&3\n    rm -f \"$work/script\" \"$work/said\"\n  done\ndone\n"}
  - {"path": "/etc/systemd/system/labnet-reach.service", "owner": "root:root", "permissions": "0644", "content": "[Unit]\nDescription=labnet's way into this VM by a port of QEMU's\nDefaultDependencies=no\nConflicts=shutdown.target\nBefore=shutdown.target\n\n[Service]\nExecStart=/bin/sh /var/lib/labnet/reach\nRestart=always\nRestartSec=5\n"}
  - {"path": "/etc/udev/rules.d/41-labnet-reach.rules", "owner": "root:root", "permissions": "0644", "content": "SUBSYSTEM==\"virtio-ports\", ATTR{name}==\"labnet.reach\", TAG+=\"systemd\", ENV{SYSTEMD_WANTS}+=\"labnet-reach.service\"\n"}
  - {"path": "/var/lib/cloud/scripts/per-boot/labnet-channel", "owner": "root:root", "permissions": "0755", "content": "#!/bin/sh\n[ ! -e /dev/virtio-ports/labnet.reach ] || systemctl start --no-block labnet-reach\n"}

# Which of cloud-init's modules run: users come before files, or a file in the user's home would make the home root's.
cloud_init_modules: ["growpart", "resizefs", "set_hostname", "users_groups", "write_files", "ssh"]
# This VM needs no others, and each one not run saves time.
cloud_config_modules: []
cloud_final_modules: ["scripts_per_boot", "final_message"]

# cloud-init says this on the console when it has finished, at every boot: labnet waits for it.
final_message: "labnet-ready lab-vm1-781a612d"
EOF
fill_secret /var/lib/labnet/labs/lab/vm1/seed/user-data /var/lib/labnet/labs/lab/vm1/password 86a77e2f75da95f1
fill_secret /var/lib/labnet/labs/lab/vm1/seed/user-data /var/lib/labnet/labs/lab/id_ed25519.pub
fill_secret /var/lib/labnet/labs/lab/vm1/seed/user-data /var/lib/labnet/labs/lab/vm1/ssh_host_ed25519_key
fill_secret /var/lib/labnet/labs/lab/vm1/seed/user-data /var/lib/labnet/labs/lab/vm1/ssh_host_ed25519_key.pub
chmod 0600 /var/lib/labnet/labs/lab/vm1/seed/user-data
cat > /var/lib/labnet/labs/lab/vm1/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "lab-vm1-781a612d"
local-hostname: "vm1"
EOF
chmod 0600 /var/lib/labnet/labs/lab/vm1/seed/meta-data
cat > /var/lib/labnet/labs/lab/vm1/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # Matched by its name and not by its MAC address, "02:73:09:c7:6c:80": the disk also boots behind another card.
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
chmod 0600 /var/lib/labnet/labs/lab/vm1/seed/network-config
: > /var/lib/labnet/labs/lab/vm1/seed.iso
chmod 0600 /var/lib/labnet/labs/lab/vm1/seed.iso
chown 1901763584:1901763584 /var/lib/labnet/labs/lab/vm1/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o /var/lib/labnet/labs/lab/vm1/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 /var/lib/labnet/labs/lab/vm1/seed
sync /var/lib/labnet/labs/lab/vm1/seed.iso
rm -rf /var/lib/labnet/labs/lab/vm1/seed

# overlay:vm2: the VM's disk: what the VM writes goes here, what it has not written is read from /var/lib/labnet/images/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.qcow2
: > /var/lib/labnet/labs/lab/vm2/sda-vm2.qcow2
chmod 0600 /var/lib/labnet/labs/lab/vm2/sda-vm2.qcow2
chown 1901763585:1901763585 /var/lib/labnet/labs/lab/vm2/sda-vm2.qcow2
setpriv \
  --reuid 1901763585 \
  --regid 1901763585 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- qemu-img create \
  -q \
  -f qcow2 \
  -F qcow2 \
  -b /var/lib/labnet/images/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.qcow2 /var/lib/labnet/labs/lab/vm2/sda-vm2.qcow2 10737418240

# seed:vm2: the CD from which the VM learns its name, addresses, users and keys at its first boot (cloud-init, NoCloud)
install -d -m 0700 /var/lib/labnet/labs/lab/vm2/seed
cat > /var/lib/labnet/labs/lab/vm2/seed/user-data <<'EOF'
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
    hashed_passwd: "@@labnet:crypt(875bdf667383e147):/var/lib/labnet/labs/lab/vm2/password@@"
    ssh_authorized_keys:
      - "@@labnet:/var/lib/labnet/labs/lab/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:/var/lib/labnet/labs/lab/vm2/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:/var/lib/labnet/labs/lab/vm2/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 vm2\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n192.168.6.1 vm1\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 203.0.113.80\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
  - {"path": "/etc/udev/rules.d/40-labnet-cpu.rules", "owner": "root:root", "permissions": "0644", "content": "ACTION==\"add\", SUBSYSTEM==\"cpu\", ATTR{online}==\"0\", ATTR{online}=\"1\"\n"}
  - {"path": "/etc/ssh/sshd_config.d/10-labnet.conf", "owner": "root:root", "permissions": "0644", "content": "PasswordAuthentication no\n"}
  - {"path": "/etc/environment", "owner": "root:root", "permissions": "0644", "content": "\nLANG=C.UTF-8\n", "append": true}
  - {"path": "/var/lib/labnet/reach", "owner": "root:root", "permissions": "0600", "content": "# labnet's second way into this VM, run by labnet-reach.service: what comes from the host by a port of QEMU's is run here\n# by root. It wants no network, no user and no key.\n# A request: a line with a word nobody guesses and a number of seconds, a script, and that word alone.\n# The answer: a line with the word, what the script says, at most 1 MiB, and a line with the word and the script's status.\nport=/dev/virtio-ports/labnet.reach\nwork=/run/labnet-reach\nmkdir -p -m 0700 \"$work\"\nexec 3<> \"$port\"\n# The kernel holds a write back until somebody opens the host's end (virtio_console, port_fops_write): this waits for it.\nwhile echo 'labnet: here' >&3; do\n  while read -r word seconds <&3; do\n    case $word$seconds in '' | *[!0-9a-f]*) continue ;; esac\n    while IFS= read -r line <&3 && [ \"$line\" != \"$word\" ]; do printf '%s\\n' \"$line\"; done > \"$work/script\"\n    # Where the host's end was closed before the script was whole, nothing is run.\n    [ \"$line\" = \"$word\" ] || break\n    echo \"$word begins\" >&3\n    timeout -k 5 \"$seconds\" sh \"$work/script\" > \"$work/said\" 2>&1 < /dev/null 3>&-\n    ended=$?\n    head -c 1048576 \"$work/said\" >&3\n    printf '\\n%s %s\\n' \"$word\" \"$ended\" >&3\n    rm -f \"$work/script\" \"$work/said\"\n  done\ndone\n"}
  - {"path": "/etc/systemd/system/labnet-reach.service", "owner": "root:root", "permissions": "0644", "content": "[Unit]\nDescription=labnet's way into this VM by a port of QEMU's\nDefaultDependencies=no\nConflicts=shutdown.target\nBefore=shutdown.target\n\n[Service]\nExecStart=/bin/sh /var/lib/labnet/reach\nRestart=always\nRestartSec=5\n"}
  - {"path": "/etc/udev/rules.d/41-labnet-reach.rules", "owner": "root:root", "permissions": "0644", "content": "SUBSYSTEM==\"virtio-ports\", ATTR{name}==\"labnet.reach\", TAG+=\"systemd\", ENV{SYSTEMD_WANTS}+=\"labnet-reach.service\"\n"}
  - {"path": "/var/lib/cloud/scripts/per-boot/labnet-channel", "owner": "root:root", "permissions": "0755", "content": "#!/bin/sh\n[ ! -e /dev/virtio-ports/labnet.reach ] || systemctl start --no-block labnet-reach\n"}

# Which of cloud-init's modules run: users come before files, or a file in the user's home would make the home root's.
cloud_init_modules: ["growpart", "resizefs", "set_hostname", "users_groups", "write_files", "ssh"]
# This VM needs no others, and each one not run saves time.
cloud_config_modules: []
cloud_final_modules: ["scripts_per_boot", "final_message"]

# cloud-init says this on the console when it has finished, at every boot: labnet waits for it.
final_message: "labnet-ready lab-vm2-cab69110"
EOF
fill_secret /var/lib/labnet/labs/lab/vm2/seed/user-data /var/lib/labnet/labs/lab/vm2/password 875bdf667383e147
fill_secret /var/lib/labnet/labs/lab/vm2/seed/user-data /var/lib/labnet/labs/lab/id_ed25519.pub
fill_secret /var/lib/labnet/labs/lab/vm2/seed/user-data /var/lib/labnet/labs/lab/vm2/ssh_host_ed25519_key
fill_secret /var/lib/labnet/labs/lab/vm2/seed/user-data /var/lib/labnet/labs/lab/vm2/ssh_host_ed25519_key.pub
chmod 0600 /var/lib/labnet/labs/lab/vm2/seed/user-data
cat > /var/lib/labnet/labs/lab/vm2/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "lab-vm2-cab69110"
local-hostname: "vm2"
EOF
chmod 0600 /var/lib/labnet/labs/lab/vm2/seed/meta-data
cat > /var/lib/labnet/labs/lab/vm2/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # Matched by its name and not by its MAC address, "02:79:60:76:fd:1a": the disk also boots behind another card.
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
chmod 0600 /var/lib/labnet/labs/lab/vm2/seed/network-config
: > /var/lib/labnet/labs/lab/vm2/seed.iso
chmod 0600 /var/lib/labnet/labs/lab/vm2/seed.iso
chown 1901763585:1901763585 /var/lib/labnet/labs/lab/vm2/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o /var/lib/labnet/labs/lab/vm2/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 /var/lib/labnet/labs/lab/vm2/seed
sync /var/lib/labnet/labs/lab/vm2/seed.iso
rm -rf /var/lib/labnet/labs/lab/vm2/seed

### Bridge

# bridge:br0: the switch that the VMs are plugged into; br0's address 192.168.6.10/24 is the host's own, and the guests' gateway
nsenter \
  --net=/run/labnet/lab/host.ns \
  -- ip link add name br0 address 02:c2:7f:65:2d:9c mtu 1500 type bridge stp_state 0 forward_delay 0
nsenter --net=/run/labnet/lab/host.ns -- ip link set dev br0 alias labnet:lab
nsenter \
  --net=/run/labnet/lab/host.ns \
  -- sysctl \
  --ignore \
  --quiet \
  --write net.ipv6.conf.br0.disable_ipv6=1 net.ipv4.conf.br0.forwarding=1
nsenter --net=/run/labnet/lab/host.ns -- ip address replace 192.168.6.10/24 dev br0
nsenter --net=/run/labnet/lab/host.ns -- ip link set dev br0 up

### Taps

# tap:vm1: the VM's network cable: QEMU holds one end of tap0, the bridge br0 the other
nsenter --net=/run/labnet/lab/host.ns -- ip tuntap add dev tap0 mode tap user 1901763584
nsenter --net=/run/labnet/lab/host.ns -- ip link set dev tap0 alias labnet:lab
nsenter \
  --net=/run/labnet/lab/host.ns \
  -- sysctl \
  --ignore \
  --quiet \
  --write net.ipv6.conf.tap0.disable_ipv6=1
nsenter --net=/run/labnet/lab/host.ns -- ip link set dev tap0 mtu 1500 master br0 up

# tap:vm2: the VM's network cable: QEMU holds one end of tap1, the bridge br0 the other
nsenter --net=/run/labnet/lab/host.ns -- ip tuntap add dev tap1 mode tap user 1901763585
nsenter --net=/run/labnet/lab/host.ns -- ip link set dev tap1 alias labnet:lab
nsenter \
  --net=/run/labnet/lab/host.ns \
  -- sysctl \
  --ignore \
  --quiet \
  --write net.ipv6.conf.tap1.disable_ipv6=1
nsenter --net=/run/labnet/lab/host.ns -- ip link set dev tap1 mtu 1500 master br0 up

### Anti-spoofing

# anti-spoof:vm1: lets vm1 send only under its own MAC and IPv4 address: it cannot pass for the gateway or for another VM
nsenter --net=/run/labnet/lab/host.ns -- nft --file - <<'EOF'
create table netdev labnet_lab_tap0 { comment "labnet:lab"; }
table netdev labnet_lab_tap0 {
  chain from_tap0 {
    type filter hook ingress device "tap0" priority filter; policy drop;
    ether saddr 02:73:09:c7:6c:80 ip saddr 192.168.6.1 accept
    ether saddr 02:73:09:c7:6c:80 arp saddr ether 02:73:09:c7:6c:80 arp saddr ip { 0.0.0.0, 192.168.6.1 } accept
  }
}
EOF

# anti-spoof:vm2: lets vm2 send only under its own MAC and IPv4 address: it cannot pass for the gateway or for another VM
nsenter --net=/run/labnet/lab/host.ns -- nft --file - <<'EOF'
create table netdev labnet_lab_tap1 { comment "labnet:lab"; }
table netdev labnet_lab_tap1 {
  chain from_tap1 {
    type filter hook ingress device "tap1" priority filter; policy drop;
    ether saddr 02:79:60:76:fd:1a ip saddr 192.168.6.2 accept
    ether saddr 02:79:60:76:fd:1a arp saddr ether 02:79:60:76:fd:1a arp saddr ip { 0.0.0.0, 192.168.6.2 } accept
  }
}
EOF

### Firewall

# firewall:labnet_lab: lets the guests reach the outside through eth0 under the host's address (masquerade), and nobody reach them unasked
nsenter --net=/run/labnet/lab/host.ns -- nft --file - <<'EOF'
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

### Forwarding

# forwarding:uplink: makes the host a router for what comes in by the bridge or by eth0, and by no other interface
nsenter --net=/run/labnet/lab/host.ns -- sysctl net.ipv4.conf.eth0.forwarding > /run/labnet/lab/settings.conf
nsenter --net=/run/labnet/lab/host.ns -- sysctl --quiet --write net.ipv4.conf.eth0.forwarding=1

### Canary

# namespace:canary: stands in for vm1 while the way out is tried
: > /run/labnet/lab/canary.ns
chmod 0600 /run/labnet/lab/canary.ns
unshare --net=/run/labnet/lab/canary.ns -- ip link set dev lo up

# canary:br0: tries, as 192.168.6.1/24 and before any VM boots, whether packets reach the host and the outside
nsenter \
  --net=/run/labnet/lab/host.ns \
  -- ip link add dev labnet-12a946e2 type veth peer name eth0 netns /run/labnet/lab/canary.ns
nsenter --net=/run/labnet/lab/host.ns -- ip link set dev labnet-12a946e2 alias labnet:lab
nsenter \
  --net=/run/labnet/lab/host.ns \
  -- sysctl \
  --ignore \
  --quiet \
  --write net.ipv6.conf.labnet-12a946e2.disable_ipv6=1
nsenter --net=/run/labnet/lab/host.ns -- ip link set dev labnet-12a946e2 mtu 1500 master br0 up
nsenter --net=/run/labnet/lab/canary.ns -- ip -batch - <<'EOF'
link set dev eth0 address 02:73:09:c7:6c:80 mtu 1500 up
address add 192.168.6.1/24 dev eth0
route add default via 192.168.6.10
EOF

# Does it get there? Where it does not, labnet follows its packets (nft monitor trace) and names the rule.
nsenter --net=/run/labnet/lab/canary.ns -- ping -n -q -c 1 -i 0.2 -w 1 192.168.6.10
nsenter --net=/run/labnet/lab/canary.ns -- ping -n -q -c 1 -i 0.2 -w 1 198.51.100.1 || true
nsenter \
  --net=/run/labnet/lab/canary.ns \
  -- /usr/bin/node /usr/lib/labnet/dist/cli.js reach 1 www.internet.test 80 100000 203.0.113.80 || true

# All of it goes before the machines come.
nsenter --net=/run/labnet/lab/host.ns -- ip link delete dev labnet-12a946e2
umount /run/labnet/lab/canary.ns
rm -rf /run/labnet/lab/canary.ns

### Machines

# machine:vm1: the VM vm1 itself: QEMU with 2 CPUs and 512 MiB, without any right of root
: > /var/lib/labnet/labs/lab/vm1/console.log
chmod 0600 /var/lib/labnet/labs/lab/vm1/console.log
chown 1901763584:1901763584 /var/lib/labnet/labs/lab/vm1/console.log
rm -rf /run/labnet/lab/vm1/qmp.sock
install -d -m 0700 -o 0 -g 0 /run/labnet/lab/vm1.view
coproc VIEW { exec unshare --mount --propagation slave cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mount \
  -t tmpfs \
  -o mode=0755,size=64k tmpfs /run/labnet/lab/vm1.view
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mkdir \
  --mode=0755 /run/labnet/lab/vm1.view/etc /run/labnet/lab/vm1.view/dev /run/labnet/lab/vm1.view/dev/net /run/labnet/lab/vm1.view/usr /run/labnet/lab/vm1.view/proc /run/labnet/lab/vm1.view/run /run/labnet/lab/vm1.view/run/labnet /run/labnet/lab/vm1.view/run/labnet/lab /run/labnet/lab/vm1.view/run/labnet/lab/vm1 /run/labnet/lab/vm1.view/var /run/labnet/lab/vm1.view/var/lib /run/labnet/lab/vm1.view/var/lib/labnet /run/labnet/lab/vm1.view/var/lib/labnet/images /run/labnet/lab/vm1.view/var/lib/labnet/labs /run/labnet/lab/vm1.view/var/lib/labnet/labs/lab /run/labnet/lab/vm1.view/var/lib/labnet/labs/lab/vm1
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- ln \
  --symbolic usr/bin usr/sbin usr/lib usr/lib64 /run/labnet/lab/vm1.view
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- touch /run/labnet/lab/vm1.view/etc/ld.so.cache /run/labnet/lab/vm1.view/dev/null /run/labnet/lab/vm1.view/dev/zero /run/labnet/lab/vm1.view/dev/random /run/labnet/lab/vm1.view/dev/urandom
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- tee /run/labnet/lab/vm1.view/etc/fstab <<'EOF'
/usr /run/labnet/lab/vm1.view/usr none rbind 0 0
/proc /run/labnet/lab/vm1.view/proc none rbind 0 0
/etc/ld.so.cache /run/labnet/lab/vm1.view/etc/ld.so.cache none bind 0 0
/dev/null /run/labnet/lab/vm1.view/dev/null none bind 0 0
/dev/zero /run/labnet/lab/vm1.view/dev/zero none bind 0 0
/dev/random /run/labnet/lab/vm1.view/dev/random none bind 0 0
/dev/urandom /run/labnet/lab/vm1.view/dev/urandom none bind 0 0
/run/labnet/lab/vm1 /run/labnet/lab/vm1.view/run/labnet/lab/vm1 none bind 0 0
/var/lib/labnet/images /run/labnet/lab/vm1.view/var/lib/labnet/images none bind 0 0
/var/lib/labnet/labs/lab/vm1 /run/labnet/lab/vm1.view/var/lib/labnet/labs/lab/vm1 none bind 0 0
EOF
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mount --all --fstab /run/labnet/lab/vm1.view/etc/fstab
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mount \
  -o remount,bind,ro /run/labnet/lab/vm1.view/var/lib/labnet/images
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mknod --mode=0666 /run/labnet/lab/vm1.view/dev/net/tun c 10 200
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mount -o remount,bind,ro /run/labnet/lab/vm1.view
setsid nsenter \
  --net=/run/labnet/lab/host.ns \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- unshare \
  --root=/run/labnet/lab/vm1.view \
  -- setpriv \
  --reuid 1901763584 \
  --regid 1901763584 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - /var/lib/labnet/labs/lab/vm1/console.log 5b46ba02-41c3-8123-86a7-7e2f75da95f1 qemu-system-x86_64 \
  -name labnet-lab-vm1 \
  -uuid 5b46ba02-41c3-8123-86a7-7e2f75da95f1 \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine pc \
  -accel tcg,thread=multi,tb-size=128 \
  -cpu max \
  -smp 2 \
  -m 512 \
  -display none \
  -machine graphics=off \
  -rtc base=utc,clock=host,driftfix=slew \
  -msg timestamp=on \
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=/var/lib/labnet/labs/lab/vm1/sda-vm1.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2,bootindex=0 \
  -drive if=none,id=seed,readonly=on,format=raw,file=/var/lib/labnet/labs/lab/vm1/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=tap0,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:73:09:c7:6c:80,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=/run/labnet/lab/vm1/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -chardev socket,id=channel,path=/run/labnet/lab/vm1/channel.sock,server=on,wait=off \
  -device virtio-serial-pci,max_ports=2,addr=7 \
  -device virtserialport,chardev=channel,name=labnet.reach \
  -qmp unix:/run/labnet/lab/vm1/qmp.sock,server=on,wait=off <<< "$keep_console" >> /var/lib/labnet/labs/lab/vm1/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e /run/labnet/lab/vm1/qmp.sock ]; do sleep 0.1; done'
kill "$VIEW_PID"

# machine:vm2: the VM vm2 itself: QEMU with 2 CPUs and 512 MiB, without any right of root
: > /var/lib/labnet/labs/lab/vm2/console.log
chmod 0600 /var/lib/labnet/labs/lab/vm2/console.log
chown 1901763585:1901763585 /var/lib/labnet/labs/lab/vm2/console.log
rm -rf /run/labnet/lab/vm2/qmp.sock
install -d -m 0700 -o 0 -g 0 /run/labnet/lab/vm2.view
coproc VIEW { exec unshare --mount --propagation slave cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mount \
  -t tmpfs \
  -o mode=0755,size=64k tmpfs /run/labnet/lab/vm2.view
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mkdir \
  --mode=0755 /run/labnet/lab/vm2.view/etc /run/labnet/lab/vm2.view/dev /run/labnet/lab/vm2.view/dev/net /run/labnet/lab/vm2.view/usr /run/labnet/lab/vm2.view/proc /run/labnet/lab/vm2.view/run /run/labnet/lab/vm2.view/run/labnet /run/labnet/lab/vm2.view/run/labnet/lab /run/labnet/lab/vm2.view/run/labnet/lab/vm2 /run/labnet/lab/vm2.view/var /run/labnet/lab/vm2.view/var/lib /run/labnet/lab/vm2.view/var/lib/labnet /run/labnet/lab/vm2.view/var/lib/labnet/images /run/labnet/lab/vm2.view/var/lib/labnet/labs /run/labnet/lab/vm2.view/var/lib/labnet/labs/lab /run/labnet/lab/vm2.view/var/lib/labnet/labs/lab/vm2
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- ln \
  --symbolic usr/bin usr/sbin usr/lib usr/lib64 /run/labnet/lab/vm2.view
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- touch /run/labnet/lab/vm2.view/etc/ld.so.cache /run/labnet/lab/vm2.view/dev/null /run/labnet/lab/vm2.view/dev/zero /run/labnet/lab/vm2.view/dev/random /run/labnet/lab/vm2.view/dev/urandom
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- tee /run/labnet/lab/vm2.view/etc/fstab <<'EOF'
/usr /run/labnet/lab/vm2.view/usr none rbind 0 0
/proc /run/labnet/lab/vm2.view/proc none rbind 0 0
/etc/ld.so.cache /run/labnet/lab/vm2.view/etc/ld.so.cache none bind 0 0
/dev/null /run/labnet/lab/vm2.view/dev/null none bind 0 0
/dev/zero /run/labnet/lab/vm2.view/dev/zero none bind 0 0
/dev/random /run/labnet/lab/vm2.view/dev/random none bind 0 0
/dev/urandom /run/labnet/lab/vm2.view/dev/urandom none bind 0 0
/run/labnet/lab/vm2 /run/labnet/lab/vm2.view/run/labnet/lab/vm2 none bind 0 0
/var/lib/labnet/images /run/labnet/lab/vm2.view/var/lib/labnet/images none bind 0 0
/var/lib/labnet/labs/lab/vm2 /run/labnet/lab/vm2.view/var/lib/labnet/labs/lab/vm2 none bind 0 0
EOF
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mount --all --fstab /run/labnet/lab/vm2.view/etc/fstab
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mount \
  -o remount,bind,ro /run/labnet/lab/vm2.view/var/lib/labnet/images
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mknod --mode=0666 /run/labnet/lab/vm2.view/dev/net/tun c 10 200
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mount -o remount,bind,ro /run/labnet/lab/vm2.view
setsid nsenter \
  --net=/run/labnet/lab/host.ns \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- unshare \
  --root=/run/labnet/lab/vm2.view \
  -- setpriv \
  --reuid 1901763585 \
  --regid 1901763585 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - /var/lib/labnet/labs/lab/vm2/console.log 52690695-21bf-86e8-875b-df667383e147 qemu-system-x86_64 \
  -name labnet-lab-vm2 \
  -uuid 52690695-21bf-86e8-875b-df667383e147 \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine pc \
  -accel tcg,thread=multi,tb-size=128 \
  -cpu max \
  -smp 2 \
  -m 512 \
  -display none \
  -machine graphics=off \
  -rtc base=utc,clock=host,driftfix=slew \
  -msg timestamp=on \
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=/var/lib/labnet/labs/lab/vm2/sda-vm2.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2,bootindex=0 \
  -drive if=none,id=seed,readonly=on,format=raw,file=/var/lib/labnet/labs/lab/vm2/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=tap1,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:79:60:76:fd:1a,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=/run/labnet/lab/vm2/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -chardev socket,id=channel,path=/run/labnet/lab/vm2/channel.sock,server=on,wait=off \
  -device virtio-serial-pci,max_ports=2,addr=7 \
  -device virtserialport,chardev=channel,name=labnet.reach \
  -qmp unix:/run/labnet/lab/vm2/qmp.sock,server=on,wait=off <<< "$keep_console" >> /var/lib/labnet/labs/lab/vm2/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e /run/labnet/lab/vm2/qmp.sock ]; do sleep 0.1; done'
kill "$VIEW_PID"
