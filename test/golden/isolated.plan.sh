#!/usr/bin/env bash
# What labnet does to make the lab isolated: run it as root, or read it and type it.
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
install -d -m 0711 -o 0 -g 0 /run/labnet/isolated

### Directories

# directory:red: holds the files of red: the uid that red runs as can open its own, and make none
install -d -m 0710 -o 0 -g 1902144128 /var/lib/labnet/labs/isolated/red

# directory:red.run: holds the sockets of red: QEMU's control socket (QMP), the console, and labnet's own way in
install -d -m 0700 -o 1902144128 -g 1902144128 /run/labnet/isolated/red

# directory:green: holds the files of green: the uid that green runs as can open its own, and make none
install -d -m 0710 -o 0 -g 1902144129 /var/lib/labnet/labs/isolated/green

# directory:green.run: holds the sockets of green: QEMU's control socket (QMP), the console, and labnet's own way in
install -d -m 0700 -o 1902144129 -g 1902144129 /run/labnet/isolated/green

# directory:blue: holds the files of blue: the uid that blue runs as can open its own, and make none
install -d -m 0710 -o 0 -g 1902144130 /var/lib/labnet/labs/isolated/blue

# directory:blue.run: holds the sockets of blue: QEMU's control socket (QMP), the console, and labnet's own way in
install -d -m 0700 -o 1902144130 -g 1902144130 /run/labnet/isolated/blue

### Keys and passwords

# key-pair:id_ed25519: the key with which `labnet ssh` and the probes enter the VMs
rm -rf /var/lib/labnet/labs/isolated/id_ed25519
ssh-keygen -q -t ed25519 -N '' -C labnet-isolated -f /var/lib/labnet/labs/isolated/id_ed25519
chown 1000 /var/lib/labnet/labs/isolated/id_ed25519 /var/lib/labnet/labs/isolated/id_ed25519.pub
sync /var/lib/labnet/labs/isolated/id_ed25519 /var/lib/labnet/labs/isolated/id_ed25519.pub

# key-pair:red: the host key of red, made here so that it is known before the first connection
rm -rf /var/lib/labnet/labs/isolated/red/ssh_host_ed25519_key
ssh-keygen -q -t ed25519 -N '' -C root@red -f /var/lib/labnet/labs/isolated/red/ssh_host_ed25519_key
sync /var/lib/labnet/labs/isolated/red/ssh_host_ed25519_key /var/lib/labnet/labs/isolated/red/ssh_host_ed25519_key.pub

# password:red: a random password for the console, which must work when the network does not
od -An -N8 -tx1 /dev/urandom | tr -d ' \n' > /var/lib/labnet/labs/isolated/red/password

# key-pair:green: the host key of green, made here so that it is known before the first connection
rm -rf /var/lib/labnet/labs/isolated/green/ssh_host_ed25519_key
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C root@green \
  -f /var/lib/labnet/labs/isolated/green/ssh_host_ed25519_key
sync /var/lib/labnet/labs/isolated/green/ssh_host_ed25519_key /var/lib/labnet/labs/isolated/green/ssh_host_ed25519_key.pub

# password:green: a random password for the console, which must work when the network does not
od -An -N8 -tx1 /dev/urandom | tr -d ' \n' > /var/lib/labnet/labs/isolated/green/password

# key-pair:blue: the host key of blue, made here so that it is known before the first connection
rm -rf /var/lib/labnet/labs/isolated/blue/ssh_host_ed25519_key
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C root@blue \
  -f /var/lib/labnet/labs/isolated/blue/ssh_host_ed25519_key
sync /var/lib/labnet/labs/isolated/blue/ssh_host_ed25519_key /var/lib/labnet/labs/isolated/blue/ssh_host_ed25519_key.pub

# password:blue: a random password for the console, which must work when the network does not
od -An -N8 -tx1 /dev/urandom | tr -d ' \n' > /var/lib/labnet/labs/isolated/blue/password

### Disks and seeds

# text-file:known_hosts: the host keys of the VMs, so that ssh knows them from the first connection
cat > /var/lib/labnet/labs/isolated/known_hosts <<'EOF'
red,10.66.0.2 @@labnet:/var/lib/labnet/labs/isolated/red/ssh_host_ed25519_key.pub@@
green,10.66.0.3 @@labnet:/var/lib/labnet/labs/isolated/green/ssh_host_ed25519_key.pub@@
blue,10.66.0.4 @@labnet:/var/lib/labnet/labs/isolated/blue/ssh_host_ed25519_key.pub@@
EOF
fill_secret /var/lib/labnet/labs/isolated/known_hosts /var/lib/labnet/labs/isolated/red/ssh_host_ed25519_key.pub
fill_secret /var/lib/labnet/labs/isolated/known_hosts /var/lib/labnet/labs/isolated/green/ssh_host_ed25519_key.pub
fill_secret /var/lib/labnet/labs/isolated/known_hosts /var/lib/labnet/labs/isolated/blue/ssh_host_ed25519_key.pub
chmod 0600 /var/lib/labnet/labs/isolated/known_hosts
chown 1000:1000 /var/lib/labnet/labs/isolated/known_hosts

# overlay:red: the VM's disk: what the VM writes goes here, what it has not written is read from /var/lib/labnet/images/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.qcow2
: > /var/lib/labnet/labs/isolated/red/sda-red.qcow2
chmod 0600 /var/lib/labnet/labs/isolated/red/sda-red.qcow2
chown 1902144128:1902144128 /var/lib/labnet/labs/isolated/red/sda-red.qcow2
setpriv \
  --reuid 1902144128 \
  --regid 1902144128 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- qemu-img create \
  -q \
  -f qcow2 \
  -F qcow2 \
  -b /var/lib/labnet/images/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.qcow2 /var/lib/labnet/labs/isolated/red/sda-red.qcow2 10737418240

# seed:red: the CD from which the VM learns its name, addresses, users and keys at its first boot (cloud-init, NoCloud)
install -d -m 0700 /var/lib/labnet/labs/isolated/red/seed
cat > /var/lib/labnet/labs/isolated/red/seed/user-data <<'EOF'
#cloud-config
# What cloud-init does at this VM's first boot. Text stands in double quotes, where \n starts a new line.

# The name. cloud-init takes it from here and writes /etc/hostname.
hostname: "red"
preserve_hostname: false
# /etc/hosts is written once, below; with true, cloud-init would write its own at every boot.
manage_etc_hosts: false

# The user, with sudo and the lab's ssh key. The password is for the console.
users:
  - name: "student"
    shell: "/bin/bash"
    sudo: "ALL=(ALL) NOPASSWD:ALL"
    lock_passwd: false
    hashed_passwd: "@@labnet:crypt(8af56f23cfae82a1):/var/lib/labnet/labs/isolated/red/password@@"
    ssh_authorized_keys:
      - "@@labnet:/var/lib/labnet/labs/isolated/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:/var/lib/labnet/labs/isolated/red/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:/var/lib/labnet/labs/isolated/red/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 red\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n10.66.0.3 green\n10.66.0.4 blue\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 198.51.100.53\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
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
final_message: "labnet-ready isolated-red-63805db9"
EOF
fill_secret /var/lib/labnet/labs/isolated/red/seed/user-data /var/lib/labnet/labs/isolated/red/password 8af56f23cfae82a1
fill_secret /var/lib/labnet/labs/isolated/red/seed/user-data /var/lib/labnet/labs/isolated/id_ed25519.pub
fill_secret /var/lib/labnet/labs/isolated/red/seed/user-data /var/lib/labnet/labs/isolated/red/ssh_host_ed25519_key
fill_secret /var/lib/labnet/labs/isolated/red/seed/user-data /var/lib/labnet/labs/isolated/red/ssh_host_ed25519_key.pub
chmod 0600 /var/lib/labnet/labs/isolated/red/seed/user-data
cat > /var/lib/labnet/labs/isolated/red/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "isolated-red-63805db9"
local-hostname: "red"
EOF
chmod 0600 /var/lib/labnet/labs/isolated/red/seed/meta-data
cat > /var/lib/labnet/labs/isolated/red/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # Matched by its name and not by its MAC address, "02:c1:aa:7f:ef:f9": the disk also boots behind another card.
    name: "eth0"
    mtu: 1500
    subnets:
      - type: "static"
        address: "10.66.0.2/24"
        # The default route: the host's own address on the bridge.
        gateway: "10.66.0.1"
        dns_nameservers:
          - "198.51.100.53"
EOF
chmod 0600 /var/lib/labnet/labs/isolated/red/seed/network-config
: > /var/lib/labnet/labs/isolated/red/seed.iso
chmod 0600 /var/lib/labnet/labs/isolated/red/seed.iso
chown 1902144128:1902144128 /var/lib/labnet/labs/isolated/red/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o /var/lib/labnet/labs/isolated/red/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 /var/lib/labnet/labs/isolated/red/seed
sync /var/lib/labnet/labs/isolated/red/seed.iso
rm -rf /var/lib/labnet/labs/isolated/red/seed

# overlay:green: the VM's disk: what the VM writes goes here, what it has not written is read from /var/lib/labnet/images/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.qcow2
: > /var/lib/labnet/labs/isolated/green/sda-green.qcow2
chmod 0600 /var/lib/labnet/labs/isolated/green/sda-green.qcow2
chown 1902144129:1902144129 /var/lib/labnet/labs/isolated/green/sda-green.qcow2
setpriv \
  --reuid 1902144129 \
  --regid 1902144129 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- qemu-img create \
  -q \
  -f qcow2 \
  -F qcow2 \
  -b /var/lib/labnet/images/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.qcow2 /var/lib/labnet/labs/isolated/green/sda-green.qcow2 10737418240

# seed:green: the CD from which the VM learns its name, addresses, users and keys at its first boot (cloud-init, NoCloud)
install -d -m 0700 /var/lib/labnet/labs/isolated/green/seed
cat > /var/lib/labnet/labs/isolated/green/seed/user-data <<'EOF'
#cloud-config
# What cloud-init does at this VM's first boot. Text stands in double quotes, where \n starts a new line.

# The name. cloud-init takes it from here and writes /etc/hostname.
hostname: "green"
preserve_hostname: false
# /etc/hosts is written once, below; with true, cloud-init would write its own at every boot.
manage_etc_hosts: false

# The user, with sudo and the lab's ssh key. The password is for the console.
users:
  - name: "student"
    shell: "/bin/bash"
    sudo: "ALL=(ALL) NOPASSWD:ALL"
    lock_passwd: false
    hashed_passwd: "@@labnet:crypt(87255e51ceef13ba):/var/lib/labnet/labs/isolated/green/password@@"
    ssh_authorized_keys:
      - "@@labnet:/var/lib/labnet/labs/isolated/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:/var/lib/labnet/labs/isolated/green/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:/var/lib/labnet/labs/isolated/green/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 green\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n10.66.0.2 red\n10.66.0.4 blue\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 198.51.100.53\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
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
final_message: "labnet-ready isolated-green-31df8044"
EOF
fill_secret /var/lib/labnet/labs/isolated/green/seed/user-data /var/lib/labnet/labs/isolated/green/password 87255e51ceef13ba
fill_secret /var/lib/labnet/labs/isolated/green/seed/user-data /var/lib/labnet/labs/isolated/id_ed25519.pub
fill_secret /var/lib/labnet/labs/isolated/green/seed/user-data /var/lib/labnet/labs/isolated/green/ssh_host_ed25519_key
fill_secret /var/lib/labnet/labs/isolated/green/seed/user-data /var/lib/labnet/labs/isolated/green/ssh_host_ed25519_key.pub
chmod 0600 /var/lib/labnet/labs/isolated/green/seed/user-data
cat > /var/lib/labnet/labs/isolated/green/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "isolated-green-31df8044"
local-hostname: "green"
EOF
chmod 0600 /var/lib/labnet/labs/isolated/green/seed/meta-data
cat > /var/lib/labnet/labs/isolated/green/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # Matched by its name and not by its MAC address, "02:1b:50:29:1e:1e": the disk also boots behind another card.
    name: "eth0"
    mtu: 1500
    subnets:
      - type: "static"
        address: "10.66.0.3/24"
        # The default route: the host's own address on the bridge.
        gateway: "10.66.0.1"
        dns_nameservers:
          - "198.51.100.53"
EOF
chmod 0600 /var/lib/labnet/labs/isolated/green/seed/network-config
: > /var/lib/labnet/labs/isolated/green/seed.iso
chmod 0600 /var/lib/labnet/labs/isolated/green/seed.iso
chown 1902144129:1902144129 /var/lib/labnet/labs/isolated/green/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o /var/lib/labnet/labs/isolated/green/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 /var/lib/labnet/labs/isolated/green/seed
sync /var/lib/labnet/labs/isolated/green/seed.iso
rm -rf /var/lib/labnet/labs/isolated/green/seed

# overlay:blue: the VM's disk: what the VM writes goes here, what it has not written is read from /var/lib/labnet/images/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.qcow2
: > /var/lib/labnet/labs/isolated/blue/sda-blue.qcow2
chmod 0600 /var/lib/labnet/labs/isolated/blue/sda-blue.qcow2
chown 1902144130:1902144130 /var/lib/labnet/labs/isolated/blue/sda-blue.qcow2
setpriv \
  --reuid 1902144130 \
  --regid 1902144130 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- qemu-img create \
  -q \
  -f qcow2 \
  -F qcow2 \
  -b /var/lib/labnet/images/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.qcow2 /var/lib/labnet/labs/isolated/blue/sda-blue.qcow2 10737418240

# seed:blue: the CD from which the VM learns its name, addresses, users and keys at its first boot (cloud-init, NoCloud)
install -d -m 0700 /var/lib/labnet/labs/isolated/blue/seed
cat > /var/lib/labnet/labs/isolated/blue/seed/user-data <<'EOF'
#cloud-config
# What cloud-init does at this VM's first boot. Text stands in double quotes, where \n starts a new line.

# The name. cloud-init takes it from here and writes /etc/hostname.
hostname: "blue"
preserve_hostname: false
# /etc/hosts is written once, below; with true, cloud-init would write its own at every boot.
manage_etc_hosts: false

# The user, with sudo and the lab's ssh key. The password is for the console.
users:
  - name: "student"
    shell: "/bin/bash"
    sudo: "ALL=(ALL) NOPASSWD:ALL"
    lock_passwd: false
    hashed_passwd: "@@labnet:crypt(8109c0816365d878):/var/lib/labnet/labs/isolated/blue/password@@"
    ssh_authorized_keys:
      - "@@labnet:/var/lib/labnet/labs/isolated/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:/var/lib/labnet/labs/isolated/blue/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:/var/lib/labnet/labs/isolated/blue/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 blue\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n10.66.0.2 red\n10.66.0.3 green\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 198.51.100.53\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
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
final_message: "labnet-ready isolated-blue-eca55a28"
EOF
fill_secret /var/lib/labnet/labs/isolated/blue/seed/user-data /var/lib/labnet/labs/isolated/blue/password 8109c0816365d878
fill_secret /var/lib/labnet/labs/isolated/blue/seed/user-data /var/lib/labnet/labs/isolated/id_ed25519.pub
fill_secret /var/lib/labnet/labs/isolated/blue/seed/user-data /var/lib/labnet/labs/isolated/blue/ssh_host_ed25519_key
fill_secret /var/lib/labnet/labs/isolated/blue/seed/user-data /var/lib/labnet/labs/isolated/blue/ssh_host_ed25519_key.pub
chmod 0600 /var/lib/labnet/labs/isolated/blue/seed/user-data
cat > /var/lib/labnet/labs/isolated/blue/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "isolated-blue-eca55a28"
local-hostname: "blue"
EOF
chmod 0600 /var/lib/labnet/labs/isolated/blue/seed/meta-data
cat > /var/lib/labnet/labs/isolated/blue/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # Matched by its name and not by its MAC address, "02:c8:f6:52:77:91": the disk also boots behind another card.
    name: "eth0"
    mtu: 1500
    subnets:
      - type: "static"
        address: "10.66.0.4/24"
        # The default route: the host's own address on the bridge.
        gateway: "10.66.0.1"
        dns_nameservers:
          - "198.51.100.53"
EOF
chmod 0600 /var/lib/labnet/labs/isolated/blue/seed/network-config
: > /var/lib/labnet/labs/isolated/blue/seed.iso
chmod 0600 /var/lib/labnet/labs/isolated/blue/seed.iso
chown 1902144130:1902144130 /var/lib/labnet/labs/isolated/blue/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o /var/lib/labnet/labs/isolated/blue/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 /var/lib/labnet/labs/isolated/blue/seed
sync /var/lib/labnet/labs/isolated/blue/seed.iso
rm -rf /var/lib/labnet/labs/isolated/blue/seed

### Bridge

# bridge:br7: the switch that the VMs are plugged into; br7's address 10.66.0.1/24 is the host's own, and the guests' gateway
ip link add name br7 address 02:7f:86:5e:32:da mtu 1500 type bridge stp_state 0 forward_delay 0
ip link set dev br7 alias labnet:isolated
sysctl --ignore --quiet --write net.ipv6.conf.br7.disable_ipv6=1
ip address replace 10.66.0.1/24 dev br7
ip link set dev br7 up

### Taps

# tap:red: the VM's network cable: QEMU holds one end of iso0, the bridge br7 the other
ip tuntap add dev iso0 mode tap user 1902144128
ip link set dev iso0 alias labnet:isolated
sysctl --ignore --quiet --write net.ipv6.conf.iso0.disable_ipv6=1
ip link set dev iso0 mtu 1500 master br7 up

# tap:green: the VM's network cable: QEMU holds one end of iso1, the bridge br7 the other
ip tuntap add dev iso1 mode tap user 1902144129
ip link set dev iso1 alias labnet:isolated
sysctl --ignore --quiet --write net.ipv6.conf.iso1.disable_ipv6=1
ip link set dev iso1 mtu 1500 master br7 up

# tap:blue: the VM's network cable: QEMU holds one end of iso2, the bridge br7 the other
ip tuntap add dev iso2 mode tap user 1902144130
ip link set dev iso2 alias labnet:isolated
sysctl --ignore --quiet --write net.ipv6.conf.iso2.disable_ipv6=1
ip link set dev iso2 mtu 1500 master br7 up

### Anti-spoofing

# anti-spoof:red: lets red send only under its own MAC and IPv4 address: it cannot pass for the gateway or for another VM
nft --file - <<'EOF'
create table netdev labnet_isolated_iso0 { comment "labnet:isolated"; }
table netdev labnet_isolated_iso0 {
  chain from_iso0 {
    type filter hook ingress device "iso0" priority filter; policy drop;
    ether saddr 02:c1:aa:7f:ef:f9 ip saddr 10.66.0.2 accept
    ether saddr 02:c1:aa:7f:ef:f9 arp saddr ether 02:c1:aa:7f:ef:f9 arp saddr ip { 0.0.0.0, 10.66.0.2 } accept
  }
}
EOF

# anti-spoof:green: lets green send only under its own MAC and IPv4 address: it cannot pass for the gateway or for another VM
nft --file - <<'EOF'
create table netdev labnet_isolated_iso1 { comment "labnet:isolated"; }
table netdev labnet_isolated_iso1 {
  chain from_iso1 {
    type filter hook ingress device "iso1" priority filter; policy drop;
    ether saddr 02:1b:50:29:1e:1e ip saddr 10.66.0.3 accept
    ether saddr 02:1b:50:29:1e:1e arp saddr ether 02:1b:50:29:1e:1e arp saddr ip { 0.0.0.0, 10.66.0.3 } accept
  }
}
EOF

# anti-spoof:blue: lets blue send only under its own MAC and IPv4 address: it cannot pass for the gateway or for another VM
nft --file - <<'EOF'
create table netdev labnet_isolated_iso2 { comment "labnet:isolated"; }
table netdev labnet_isolated_iso2 {
  chain from_iso2 {
    type filter hook ingress device "iso2" priority filter; policy drop;
    ether saddr 02:c8:f6:52:77:91 ip saddr 10.66.0.4 accept
    ether saddr 02:c8:f6:52:77:91 arp saddr ether 02:c8:f6:52:77:91 arp saddr ip { 0.0.0.0, 10.66.0.4 } accept
  }
}
EOF

### Firewall

# firewall:labnet_isolated: keeps 10.66.0.0/24 to itself: nothing is forwarded to or from other networks
nft --file - <<'EOF'
create table inet labnet_isolated { comment "labnet:isolated"; }
table inet labnet_isolated {
  chain forward {
    type filter hook forward priority filter; policy accept;
    # With br_netfilter, frames from guest to guest pass here as well.
    iifname "br7" oifname "br7" accept
    iifname "br7" ct state established,related accept
    oifname "br7" ct state established,related accept
    iifname "br7" drop
    oifname "br7" drop
  }

  chain input {
    type filter hook input priority filter; policy accept;
    # Guests may ping the host and answer it; they open no connection to its services but those the lab names.
    iifname "br7" ct state established,related accept
    iifname "br7" meta l4proto icmp accept
    iifname "br7" drop
  }
}
EOF

### Canary

# namespace:canary: stands in for red while the way out is tried
: > /run/labnet/isolated/canary.ns
chmod 0600 /run/labnet/isolated/canary.ns
unshare --net=/run/labnet/isolated/canary.ns -- ip link set dev lo up

# canary:br7: tries, as 10.66.0.2/24 and before any VM boots, whether packets reach the host and the outside
ip link add dev labnet-6f0915aa type veth peer name eth0 netns /run/labnet/isolated/canary.ns
ip link set dev labnet-6f0915aa alias labnet:isolated
sysctl --ignore --quiet --write net.ipv6.conf.labnet-6f0915aa.disable_ipv6=1
ip link set dev labnet-6f0915aa mtu 1500 master br7 up
nsenter --net=/run/labnet/isolated/canary.ns -- ip -batch - <<'EOF'
link set dev eth0 address 02:c1:aa:7f:ef:f9 mtu 1500 up
address add 10.66.0.2/24 dev eth0
route add default via 10.66.0.1
EOF

# Does it get there? Where it does not, labnet follows its packets (nft monitor trace) and names the rule.
nsenter --net=/run/labnet/isolated/canary.ns -- ping -n -q -c 1 -i 0.2 -w 1 10.66.0.1

# All of it goes before the machines come.
ip link delete dev labnet-6f0915aa
umount /run/labnet/isolated/canary.ns
rm -rf /run/labnet/isolated/canary.ns

### Machines

# machine:red: the VM red itself: QEMU with 1 CPUs and 256 MiB, without any right of root
: > /var/lib/labnet/labs/isolated/red/console.log
chmod 0600 /var/lib/labnet/labs/isolated/red/console.log
chown 1902144128:1902144128 /var/lib/labnet/labs/isolated/red/console.log
rm -rf /run/labnet/isolated/red/qmp.sock
install -d -m 0700 -o 0 -g 0 /run/labnet/isolated/red.view
coproc VIEW { exec unshare --mount --propagation slave cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mount \
  -t tmpfs \
  -o mode=0755,size=64k tmpfs /run/labnet/isolated/red.view
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mkdir \
  --mode=0755 /run/labnet/isolated/red.view/etc /run/labnet/isolated/red.view/dev /run/labnet/isolated/red.view/dev/net /run/labnet/isolated/red.view/usr /run/labnet/isolated/red.view/proc /run/labnet/isolated/red.view/run /run/labnet/isolated/red.view/run/labnet /run/labnet/isolated/red.view/run/labnet/isolated /run/labnet/isolated/red.view/run/labnet/isolated/red /run/labnet/isolated/red.view/var /run/labnet/isolated/red.view/var/lib /run/labnet/isolated/red.view/var/lib/labnet /run/labnet/isolated/red.view/var/lib/labnet/images /run/labnet/isolated/red.view/var/lib/labnet/labs /run/labnet/isolated/red.view/var/lib/labnet/labs/isolated /run/labnet/isolated/red.view/var/lib/labnet/labs/isolated/red
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- ln \
  --symbolic usr/bin usr/sbin usr/lib usr/lib64 /run/labnet/isolated/red.view
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- touch /run/labnet/isolated/red.view/etc/ld.so.cache /run/labnet/isolated/red.view/dev/null /run/labnet/isolated/red.view/dev/zero /run/labnet/isolated/red.view/dev/random /run/labnet/isolated/red.view/dev/urandom /run/labnet/isolated/red.view/dev/net/tun
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- tee /run/labnet/isolated/red.view/etc/fstab <<'EOF'
/usr /run/labnet/isolated/red.view/usr none rbind 0 0
/proc /run/labnet/isolated/red.view/proc none rbind 0 0
/etc/ld.so.cache /run/labnet/isolated/red.view/etc/ld.so.cache none bind 0 0
/dev/null /run/labnet/isolated/red.view/dev/null none bind 0 0
/dev/zero /run/labnet/isolated/red.view/dev/zero none bind 0 0
/dev/random /run/labnet/isolated/red.view/dev/random none bind 0 0
/dev/urandom /run/labnet/isolated/red.view/dev/urandom none bind 0 0
/dev/net/tun /run/labnet/isolated/red.view/dev/net/tun none bind 0 0
/run/labnet/isolated/red /run/labnet/isolated/red.view/run/labnet/isolated/red none bind 0 0
/var/lib/labnet/images /run/labnet/isolated/red.view/var/lib/labnet/images none bind 0 0
/var/lib/labnet/labs/isolated/red /run/labnet/isolated/red.view/var/lib/labnet/labs/isolated/red none bind 0 0
EOF
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mount --all --fstab /run/labnet/isolated/red.view/etc/fstab
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mount \
  -o remount,bind,ro /run/labnet/isolated/red.view/var/lib/labnet/images
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mount -o remount,bind,ro /run/labnet/isolated/red.view
setsid nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- unshare \
  --root=/run/labnet/isolated/red.view \
  -- setpriv \
  --reuid 1902144128 \
  --regid 1902144128 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - /var/lib/labnet/labs/isolated/red/console.log 560af3b4-7687-844e-8af5-6f23cfae82a1 qemu-system-x86_64 \
  -name labnet-isolated-red \
  -uuid 560af3b4-7687-844e-8af5-6f23cfae82a1 \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine pc \
  -accel tcg,thread=single,tb-size=128 \
  -cpu max \
  -smp 1 \
  -m 256 \
  -display none \
  -machine graphics=off \
  -rtc base=utc,clock=host,driftfix=slew \
  -msg timestamp=on \
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=/var/lib/labnet/labs/isolated/red/sda-red.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2,bootindex=0 \
  -drive if=none,id=seed,readonly=on,format=raw,file=/var/lib/labnet/labs/isolated/red/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=iso0,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:c1:aa:7f:ef:f9,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=/run/labnet/isolated/red/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -chardev socket,id=channel,path=/run/labnet/isolated/red/channel.sock,server=on,wait=off \
  -device virtio-serial-pci,max_ports=2,addr=7 \
  -device virtserialport,chardev=channel,name=labnet.reach \
  -qmp unix:/run/labnet/isolated/red/qmp.sock,server=on,wait=off <<< "$keep_console" >> /var/lib/labnet/labs/isolated/red/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e /run/labnet/isolated/red/qmp.sock ]; do sleep 0.1; done'
kill "$VIEW_PID"

# machine:green: the VM green itself: QEMU with 1 CPUs and 256 MiB, without any right of root
: > /var/lib/labnet/labs/isolated/green/console.log
chmod 0600 /var/lib/labnet/labs/isolated/green/console.log
chown 1902144129:1902144129 /var/lib/labnet/labs/isolated/green/console.log
rm -rf /run/labnet/isolated/green/qmp.sock
install -d -m 0700 -o 0 -g 0 /run/labnet/isolated/green.view
coproc VIEW { exec unshare --mount --propagation slave cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mount \
  -t tmpfs \
  -o mode=0755,size=64k tmpfs /run/labnet/isolated/green.view
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mkdir \
  --mode=0755 /run/labnet/isolated/green.view/etc /run/labnet/isolated/green.view/dev /run/labnet/isolated/green.view/dev/net /run/labnet/isolated/green.view/usr /run/labnet/isolated/green.view/proc /run/labnet/isolated/green.view/run /run/labnet/isolated/green.view/run/labnet /run/labnet/isolated/green.view/run/labnet/isolated /run/labnet/isolated/green.view/run/labnet/isolated/green /run/labnet/isolated/green.view/var /run/labnet/isolated/green.view/var/lib /run/labnet/isolated/green.view/var/lib/labnet /run/labnet/isolated/green.view/var/lib/labnet/images /run/labnet/isolated/green.view/var/lib/labnet/labs /run/labnet/isolated/green.view/var/lib/labnet/labs/isolated /run/labnet/isolated/green.view/var/lib/labnet/labs/isolated/green
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- ln \
  --symbolic usr/bin usr/sbin usr/lib usr/lib64 /run/labnet/isolated/green.view
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- touch /run/labnet/isolated/green.view/etc/ld.so.cache /run/labnet/isolated/green.view/dev/null /run/labnet/isolated/green.view/dev/zero /run/labnet/isolated/green.view/dev/random /run/labnet/isolated/green.view/dev/urandom /run/labnet/isolated/green.view/dev/net/tun
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- tee /run/labnet/isolated/green.view/etc/fstab <<'EOF'
/usr /run/labnet/isolated/green.view/usr none rbind 0 0
/proc /run/labnet/isolated/green.view/proc none rbind 0 0
/etc/ld.so.cache /run/labnet/isolated/green.view/etc/ld.so.cache none bind 0 0
/dev/null /run/labnet/isolated/green.view/dev/null none bind 0 0
/dev/zero /run/labnet/isolated/green.view/dev/zero none bind 0 0
/dev/random /run/labnet/isolated/green.view/dev/random none bind 0 0
/dev/urandom /run/labnet/isolated/green.view/dev/urandom none bind 0 0
/dev/net/tun /run/labnet/isolated/green.view/dev/net/tun none bind 0 0
/run/labnet/isolated/green /run/labnet/isolated/green.view/run/labnet/isolated/green none bind 0 0
/var/lib/labnet/images /run/labnet/isolated/green.view/var/lib/labnet/images none bind 0 0
/var/lib/labnet/labs/isolated/green /run/labnet/isolated/green.view/var/lib/labnet/labs/isolated/green none bind 0 0
EOF
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mount --all --fstab /run/labnet/isolated/green.view/etc/fstab
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mount \
  -o remount,bind,ro /run/labnet/isolated/green.view/var/lib/labnet/images
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mount -o remount,bind,ro /run/labnet/isolated/green.view
setsid nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- unshare \
  --root=/run/labnet/isolated/green.view \
  -- setpriv \
  --reuid 1902144129 \
  --regid 1902144129 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - /var/lib/labnet/labs/isolated/green/console.log 2dbed5e3-233b-8a9e-8725-5e51ceef13ba qemu-system-x86_64 \
  -name labnet-isolated-green \
  -uuid 2dbed5e3-233b-8a9e-8725-5e51ceef13ba \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine pc \
  -accel tcg,thread=single,tb-size=128 \
  -cpu max \
  -smp 1 \
  -m 256 \
  -display none \
  -machine graphics=off \
  -rtc base=utc,clock=host,driftfix=slew \
  -msg timestamp=on \
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=/var/lib/labnet/labs/isolated/green/sda-green.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2,bootindex=0 \
  -drive if=none,id=seed,readonly=on,format=raw,file=/var/lib/labnet/labs/isolated/green/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=iso1,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:1b:50:29:1e:1e,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=/run/labnet/isolated/green/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -chardev socket,id=channel,path=/run/labnet/isolated/green/channel.sock,server=on,wait=off \
  -device virtio-serial-pci,max_ports=2,addr=7 \
  -device virtserialport,chardev=channel,name=labnet.reach \
  -qmp unix:/run/labnet/isolated/green/qmp.sock,server=on,wait=off <<< "$keep_console" >> /var/lib/labnet/labs/isolated/green/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e /run/labnet/isolated/green/qmp.sock ]; do sleep 0.1; done'
kill "$VIEW_PID"

# machine:blue: the VM blue itself: QEMU with 1 CPUs and 256 MiB, without any right of root
: > /var/lib/labnet/labs/isolated/blue/console.log
chmod 0600 /var/lib/labnet/labs/isolated/blue/console.log
chown 1902144130:1902144130 /var/lib/labnet/labs/isolated/blue/console.log
rm -rf /run/labnet/isolated/blue/qmp.sock
install -d -m 0700 -o 0 -g 0 /run/labnet/isolated/blue.view
coproc VIEW { exec unshare --mount --propagation slave cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mount \
  -t tmpfs \
  -o mode=0755,size=64k tmpfs /run/labnet/isolated/blue.view
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mkdir \
  --mode=0755 /run/labnet/isolated/blue.view/etc /run/labnet/isolated/blue.view/dev /run/labnet/isolated/blue.view/dev/net /run/labnet/isolated/blue.view/usr /run/labnet/isolated/blue.view/proc /run/labnet/isolated/blue.view/run /run/labnet/isolated/blue.view/run/labnet /run/labnet/isolated/blue.view/run/labnet/isolated /run/labnet/isolated/blue.view/run/labnet/isolated/blue /run/labnet/isolated/blue.view/var /run/labnet/isolated/blue.view/var/lib /run/labnet/isolated/blue.view/var/lib/labnet /run/labnet/isolated/blue.view/var/lib/labnet/images /run/labnet/isolated/blue.view/var/lib/labnet/labs /run/labnet/isolated/blue.view/var/lib/labnet/labs/isolated /run/labnet/isolated/blue.view/var/lib/labnet/labs/isolated/blue
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- ln \
  --symbolic usr/bin usr/sbin usr/lib usr/lib64 /run/labnet/isolated/blue.view
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- touch /run/labnet/isolated/blue.view/etc/ld.so.cache /run/labnet/isolated/blue.view/dev/null /run/labnet/isolated/blue.view/dev/zero /run/labnet/isolated/blue.view/dev/random /run/labnet/isolated/blue.view/dev/urandom /run/labnet/isolated/blue.view/dev/net/tun
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- tee /run/labnet/isolated/blue.view/etc/fstab <<'EOF'
/usr /run/labnet/isolated/blue.view/usr none rbind 0 0
/proc /run/labnet/isolated/blue.view/proc none rbind 0 0
/etc/ld.so.cache /run/labnet/isolated/blue.view/etc/ld.so.cache none bind 0 0
/dev/null /run/labnet/isolated/blue.view/dev/null none bind 0 0
/dev/zero /run/labnet/isolated/blue.view/dev/zero none bind 0 0
/dev/random /run/labnet/isolated/blue.view/dev/random none bind 0 0
/dev/urandom /run/labnet/isolated/blue.view/dev/urandom none bind 0 0
/dev/net/tun /run/labnet/isolated/blue.view/dev/net/tun none bind 0 0
/run/labnet/isolated/blue /run/labnet/isolated/blue.view/run/labnet/isolated/blue none bind 0 0
/var/lib/labnet/images /run/labnet/isolated/blue.view/var/lib/labnet/images none bind 0 0
/var/lib/labnet/labs/isolated/blue /run/labnet/isolated/blue.view/var/lib/labnet/labs/isolated/blue none bind 0 0
EOF
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mount --all --fstab /run/labnet/isolated/blue.view/etc/fstab
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mount \
  -o remount,bind,ro /run/labnet/isolated/blue.view/var/lib/labnet/images
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mount -o remount,bind,ro /run/labnet/isolated/blue.view
setsid nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- unshare \
  --root=/run/labnet/isolated/blue.view \
  -- setpriv \
  --reuid 1902144130 \
  --regid 1902144130 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - /var/lib/labnet/labs/isolated/blue/console.log d2dff87a-96ff-8e3b-8109-c0816365d878 qemu-system-x86_64 \
  -name labnet-isolated-blue \
  -uuid d2dff87a-96ff-8e3b-8109-c0816365d878 \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine pc \
  -accel tcg,thread=single,tb-size=128 \
  -cpu max \
  -smp 1 \
  -m 256 \
  -display none \
  -machine graphics=off \
  -rtc base=utc,clock=host,driftfix=slew \
  -msg timestamp=on \
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=/var/lib/labnet/labs/isolated/blue/sda-blue.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2,bootindex=0 \
  -drive if=none,id=seed,readonly=on,format=raw,file=/var/lib/labnet/labs/isolated/blue/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=iso2,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:c8:f6:52:77:91,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=/run/labnet/isolated/blue/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -chardev socket,id=channel,path=/run/labnet/isolated/blue/channel.sock,server=on,wait=off \
  -device virtio-serial-pci,max_ports=2,addr=7 \
  -device virtserialport,chardev=channel,name=labnet.reach \
  -qmp unix:/run/labnet/isolated/blue/qmp.sock,server=on,wait=off <<< "$keep_console" >> /var/lib/labnet/labs/isolated/blue/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e /run/labnet/isolated/blue/qmp.sock ]; do sleep 0.1; done'
kill "$VIEW_PID"
