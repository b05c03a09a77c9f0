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
install -d -m 0755 @STATE@/labs/isolated

## directory:run.lab
install -d -m 0711 -o 0 -g 0 @RUN@/isolated

## directory:red
install -d -m 0710 -o 0 -g 1902144128 @STATE@/labs/isolated/red

## directory:red.run
install -d -m 0700 -o 1902144128 -g 1902144128 @RUN@/isolated/red

## directory:green
install -d -m 0710 -o 0 -g 1902144129 @STATE@/labs/isolated/green

## directory:green.run
install -d -m 0700 -o 1902144129 -g 1902144129 @RUN@/isolated/green

## directory:blue
install -d -m 0710 -o 0 -g 1902144130 @STATE@/labs/isolated/blue

## directory:blue.run
install -d -m 0700 -o 1902144130 -g 1902144130 @RUN@/isolated/blue

## key-pair:id_ed25519
rm -rf @STATE@/labs/isolated/id_ed25519
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C labnet-isolated \
  -f @STATE@/labs/isolated/id_ed25519
sync @STATE@/labs/isolated/id_ed25519 @STATE@/labs/isolated/id_ed25519.pub

## key-pair:red
rm -rf @STATE@/labs/isolated/red/ssh_host_ed25519_key
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C root@red \
  -f @STATE@/labs/isolated/red/ssh_host_ed25519_key
sync @STATE@/labs/isolated/red/ssh_host_ed25519_key @STATE@/labs/isolated/red/ssh_host_ed25519_key.pub

## password:red
printf %s password > @STATE@/labs/isolated/red/password

## password:green
printf %s password > @STATE@/labs/isolated/green/password

## key-pair:blue
rm -rf @STATE@/labs/isolated/blue/ssh_host_ed25519_key
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C root@blue \
  -f @STATE@/labs/isolated/blue/ssh_host_ed25519_key
sync @STATE@/labs/isolated/blue/ssh_host_ed25519_key @STATE@/labs/isolated/blue/ssh_host_ed25519_key.pub

## key-pair:green
rm -rf @STATE@/labs/isolated/green/ssh_host_ed25519_key
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C root@green \
  -f @STATE@/labs/isolated/green/ssh_host_ed25519_key
sync @STATE@/labs/isolated/green/ssh_host_ed25519_key @STATE@/labs/isolated/green/ssh_host_ed25519_key.pub

## password:blue
printf %s password > @STATE@/labs/isolated/blue/password

## text-file:known_hosts
cat > @STATE@/labs/isolated/known_hosts <<'EOF'
red,10.66.0.2 @@labnet:@STATE@/labs/isolated/red/ssh_host_ed25519_key.pub@@
green,10.66.0.3 @@labnet:@STATE@/labs/isolated/green/ssh_host_ed25519_key.pub@@
blue,10.66.0.4 @@labnet:@STATE@/labs/isolated/blue/ssh_host_ed25519_key.pub@@
EOF
fill_secret @STATE@/labs/isolated/known_hosts @STATE@/labs/isolated/red/ssh_host_ed25519_key.pub
fill_secret @STATE@/labs/isolated/known_hosts @STATE@/labs/isolated/green/ssh_host_ed25519_key.pub
fill_secret @STATE@/labs/isolated/known_hosts @STATE@/labs/isolated/blue/ssh_host_ed25519_key.pub
chmod 0600 @STATE@/labs/isolated/known_hosts
chown 0:0 @STATE@/labs/isolated/known_hosts

## overlay:red
: > @STATE@/labs/isolated/red/sda-red.qcow2
chmod 0600 @STATE@/labs/isolated/red/sda-red.qcow2
chown 1902144128:1902144128 @STATE@/labs/isolated/red/sda-red.qcow2
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
  -b @STATE@/images/@debian-11.qcow2@.qcow2 @STATE@/labs/isolated/red/sda-red.qcow2 10737418240

## seed:red
install -d -m 0700 @STATE@/labs/isolated/red/seed
cat > @STATE@/labs/isolated/red/seed/user-data <<'EOF'
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
    hashed_passwd: "@@labnet:crypt(8a09fc4aaa2159e6):@STATE@/labs/isolated/red/password@@"
    ssh_authorized_keys:
      - "@@labnet:@STATE@/labs/isolated/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:@STATE@/labs/isolated/red/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:@STATE@/labs/isolated/red/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 red\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n10.66.0.3 green\n10.66.0.4 blue\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 10.255.255.53\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
  - {"path": "/etc/systemd/network/10-labnet-eth0.link", "owner": "root:root", "permissions": "0644", "content": "[Match]\nMACAddress=02:77:cd:94:9c:39\n\n[Link]\nName=eth0\n"}
  - {"path": "/etc/ssh/sshd_config.d/10-labnet.conf", "owner": "root:root", "permissions": "0644", "content": "PasswordAuthentication no\n"}
  - {"path": "/etc/environment", "owner": "root:root", "permissions": "0644", "content": "\nLANG=C.UTF-8\n", "append": true}

# Which of cloud-init's modules run: users come before files, or a file in the user's home would make the home root's.
cloud_init_modules: ["growpart", "resizefs", "set_hostname", "users_groups", "write_files", "ssh"]
# This VM needs no others, and each one not run saves time.
cloud_config_modules: []
cloud_final_modules: ["final_message"]

# cloud-init says this on the console when it has finished, at every boot: labnet waits for it.
final_message: "labnet-ready isolated-red-bc656fe2"
EOF
fill_secret @STATE@/labs/isolated/red/seed/user-data @STATE@/labs/isolated/red/password 8a09fc4aaa2159e6
fill_secret @STATE@/labs/isolated/red/seed/user-data @STATE@/labs/isolated/id_ed25519.pub
fill_secret @STATE@/labs/isolated/red/seed/user-data @STATE@/labs/isolated/red/ssh_host_ed25519_key
fill_secret @STATE@/labs/isolated/red/seed/user-data @STATE@/labs/isolated/red/ssh_host_ed25519_key.pub
chmod 0600 @STATE@/labs/isolated/red/seed/user-data
cat > @STATE@/labs/isolated/red/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "isolated-red-bc656fe2"
local-hostname: "red"
EOF
chmod 0600 @STATE@/labs/isolated/red/seed/meta-data
cat > @STATE@/labs/isolated/red/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # The card with this MAC address, whatever the image calls it, gets this name.
    mac_address: "02:77:cd:94:9c:39"
    name: "eth0"
    mtu: 1400
    subnets:
      - type: "static"
        address: "10.66.0.2/24"
        # The default route: the host's own address on the bridge.
        gateway: "10.66.0.1"
        dns_nameservers:
          - "10.255.255.53"
EOF
chmod 0600 @STATE@/labs/isolated/red/seed/network-config
: > @STATE@/labs/isolated/red/seed.iso
chmod 0600 @STATE@/labs/isolated/red/seed.iso
chown 1902144128:1902144128 @STATE@/labs/isolated/red/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o @STATE@/labs/isolated/red/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 @STATE@/labs/isolated/red/seed
sync @STATE@/labs/isolated/red/seed.iso
rm -rf @STATE@/labs/isolated/red/seed

## overlay:green
: > @STATE@/labs/isolated/green/sda-green.qcow2
chmod 0600 @STATE@/labs/isolated/green/sda-green.qcow2
chown 1902144129:1902144129 @STATE@/labs/isolated/green/sda-green.qcow2
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
  -b @STATE@/images/@debian-11.qcow2@.qcow2 @STATE@/labs/isolated/green/sda-green.qcow2 10737418240

## seed:green
install -d -m 0700 @STATE@/labs/isolated/green/seed
cat > @STATE@/labs/isolated/green/seed/user-data <<'EOF'
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
    hashed_passwd: "@@labnet:crypt(802de01260db63d6):@STATE@/labs/isolated/green/password@@"
    ssh_authorized_keys:
      - "@@labnet:@STATE@/labs/isolated/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:@STATE@/labs/isolated/green/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:@STATE@/labs/isolated/green/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 green\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n10.66.0.2 red\n10.66.0.4 blue\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 10.255.255.53\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
  - {"path": "/etc/systemd/network/10-labnet-eth0.link", "owner": "root:root", "permissions": "0644", "content": "[Match]\nMACAddress=02:be:02:f6:e3:6d\n\n[Link]\nName=eth0\n"}
  - {"path": "/etc/ssh/sshd_config.d/10-labnet.conf", "owner": "root:root", "permissions": "0644", "content": "PasswordAuthentication no\n"}
  - {"path": "/etc/environment", "owner": "root:root", "permissions": "0644", "content": "\nLANG=C.UTF-8\n", "append": true}

# Which of cloud-init's modules run: users come before files, or a file in the user's home would make the home root's.
cloud_init_modules: ["growpart", "resizefs", "set_hostname", "users_groups", "write_files", "ssh"]
# This VM needs no others, and each one not run saves time.
cloud_config_modules: []
cloud_final_modules: ["final_message"]

# cloud-init says this on the console when it has finished, at every boot: labnet waits for it.
final_message: "labnet-ready isolated-green-89762c3e"
EOF
fill_secret @STATE@/labs/isolated/green/seed/user-data @STATE@/labs/isolated/green/password 802de01260db63d6
fill_secret @STATE@/labs/isolated/green/seed/user-data @STATE@/labs/isolated/id_ed25519.pub
fill_secret @STATE@/labs/isolated/green/seed/user-data @STATE@/labs/isolated/green/ssh_host_ed25519_key
fill_secret @STATE@/labs/isolated/green/seed/user-data @STATE@/labs/isolated/green/ssh_host_ed25519_key.pub
chmod 0600 @STATE@/labs/isolated/green/seed/user-data
cat > @STATE@/labs/isolated/green/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "isolated-green-89762c3e"
local-hostname: "green"
EOF
chmod 0600 @STATE@/labs/isolated/green/seed/meta-data
cat > @STATE@/labs/isolated/green/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # The card with this MAC address, whatever the image calls it, gets this name.
    mac_address: "02:be:02:f6:e3:6d"
    name: "eth0"
    mtu: 1400
    subnets:
      - type: "static"
        address: "10.66.0.3/24"
        # The default route: the host's own address on the bridge.
        gateway: "10.66.0.1"
        dns_nameservers:
          - "10.255.255.53"
EOF
chmod 0600 @STATE@/labs/isolated/green/seed/network-config
: > @STATE@/labs/isolated/green/seed.iso
chmod 0600 @STATE@/labs/isolated/green/seed.iso
chown 1902144129:1902144129 @STATE@/labs/isolated/green/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o @STATE@/labs/isolated/green/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 @STATE@/labs/isolated/green/seed
sync @STATE@/labs/isolated/green/seed.iso
rm -rf @STATE@/labs/isolated/green/seed

## overlay:blue
: > @STATE@/labs/isolated/blue/sda-blue.qcow2
chmod 0600 @STATE@/labs/isolated/blue/sda-blue.qcow2
chown 1902144130:1902144130 @STATE@/labs/isolated/blue/sda-blue.qcow2
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
  -b @STATE@/images/@debian-11.qcow2@.qcow2 @STATE@/labs/isolated/blue/sda-blue.qcow2 10737418240

## seed:blue
install -d -m 0700 @STATE@/labs/isolated/blue/seed
cat > @STATE@/labs/isolated/blue/seed/user-data <<'EOF'
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
    hashed_passwd: "@@labnet:crypt(89ab73a56be4764a):@STATE@/labs/isolated/blue/password@@"
    ssh_authorized_keys:
      - "@@labnet:@STATE@/labs/isolated/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:@STATE@/labs/isolated/blue/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:@STATE@/labs/isolated/blue/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 blue\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n10.66.0.2 red\n10.66.0.3 green\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 10.255.255.53\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
  - {"path": "/etc/systemd/network/10-labnet-eth0.link", "owner": "root:root", "permissions": "0644", "content": "[Match]\nMACAddress=02:87:7d:ba:32:c7\n\n[Link]\nName=eth0\n"}
  - {"path": "/etc/ssh/sshd_config.d/10-labnet.conf", "owner": "root:root", "permissions": "0644", "content": "PasswordAuthentication no\n"}
  - {"path": "/etc/environment", "owner": "root:root", "permissions": "0644", "content": "\nLANG=C.UTF-8\n", "append": true}

# Which of cloud-init's modules run: users come before files, or a file in the user's home would make the home root's.
cloud_init_modules: ["growpart", "resizefs", "set_hostname", "users_groups", "write_files", "ssh"]
# This VM needs no others, and each one not run saves time.
cloud_config_modules: []
cloud_final_modules: ["final_message"]

# cloud-init says this on the console when it has finished, at every boot: labnet waits for it.
final_message: "labnet-ready isolated-blue-da62284e"
EOF
fill_secret @STATE@/labs/isolated/blue/seed/user-data @STATE@/labs/isolated/blue/password 89ab73a56be4764a
fill_secret @STATE@/labs/isolated/blue/seed/user-data @STATE@/labs/isolated/id_ed25519.pub
fill_secret @STATE@/labs/isolated/blue/seed/user-data @STATE@/labs/isolated/blue/ssh_host_ed25519_key
fill_secret @STATE@/labs/isolated/blue/seed/user-data @STATE@/labs/isolated/blue/ssh_host_ed25519_key.pub
chmod 0600 @STATE@/labs/isolated/blue/seed/user-data
cat > @STATE@/labs/isolated/blue/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "isolated-blue-da62284e"
local-hostname: "blue"
EOF
chmod 0600 @STATE@/labs/isolated/blue/seed/meta-data
cat > @STATE@/labs/isolated/blue/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # The card with this MAC address, whatever the image calls it, gets this name.
    mac_address: "02:87:7d:ba:32:c7"
    name: "eth0"
    mtu: 1400
    subnets:
      - type: "static"
        address: "10.66.0.4/24"
        # The default route: the host's own address on the bridge.
        gateway: "10.66.0.1"
        dns_nameservers:
          - "10.255.255.53"
EOF
chmod 0600 @STATE@/labs/isolated/blue/seed/network-config
: > @STATE@/labs/isolated/blue/seed.iso
chmod 0600 @STATE@/labs/isolated/blue/seed.iso
chown 1902144130:1902144130 @STATE@/labs/isolated/blue/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o @STATE@/labs/isolated/blue/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 @STATE@/labs/isolated/blue/seed
sync @STATE@/labs/isolated/blue/seed.iso
rm -rf @STATE@/labs/isolated/blue/seed

## bridge:br7
ip link add name br7 address 02:e8:a9:b1:0d:dc mtu 1400 type bridge stp_state 0 forward_delay 0
ip link set dev br7 alias labnet:isolated
sysctl --ignore --quiet --write net.ipv6.conf.br7.disable_ipv6=1
ip address replace 10.66.0.1/24 dev br7
ip link set dev br7 up

## tap:green
ip tuntap add dev iso1 mode tap user 1902144129
ip link set dev iso1 alias labnet:isolated
sysctl --ignore --quiet --write net.ipv6.conf.iso1.disable_ipv6=1
ip link set dev iso1 mtu 1400 master br7 up
ip link set dev iso1 address 32:47:63:6f:ef:f6

## tap:red
ip tuntap add dev iso0 mode tap user 1902144128
ip link set dev iso0 alias labnet:isolated
sysctl --ignore --quiet --write net.ipv6.conf.iso0.disable_ipv6=1
ip link set dev iso0 mtu 1400 master br7 up
ip link set dev iso0 address 92:94:7e:f7:d4:d6

## tap:blue
ip tuntap add dev iso2 mode tap user 1902144130
ip link set dev iso2 alias labnet:isolated
sysctl --ignore --quiet --write net.ipv6.conf.iso2.disable_ipv6=1
ip link set dev iso2 mtu 1400 master br7 up
ip link set dev iso2 address ae:1d:58:6c:6e:8e

## anti-spoof:labnet_isolated
nft --file - <<'EOF'
create table netdev labnet_isolated { comment "labnet:isolated"; }
table netdev labnet_isolated {
  chain from_iso0 {
    type filter hook ingress device "iso0" priority filter; policy drop;
    ether saddr 02:77:cd:94:9c:39 ip saddr 10.66.0.2 accept
    ether saddr 02:77:cd:94:9c:39 arp saddr ether 02:77:cd:94:9c:39 arp saddr ip { 0.0.0.0, 10.66.0.2 } accept
  }

  chain from_iso1 {
    type filter hook ingress device "iso1" priority filter; policy drop;
    ether saddr 02:be:02:f6:e3:6d ip saddr 10.66.0.3 accept
    ether saddr 02:be:02:f6:e3:6d arp saddr ether 02:be:02:f6:e3:6d arp saddr ip { 0.0.0.0, 10.66.0.3 } accept
  }

  chain from_iso2 {
    type filter hook ingress device "iso2" priority filter; policy drop;
    ether saddr 02:87:7d:ba:32:c7 ip saddr 10.66.0.4 accept
    ether saddr 02:87:7d:ba:32:c7 arp saddr ether 02:87:7d:ba:32:c7 arp saddr ip { 0.0.0.0, 10.66.0.4 } accept
  }
}
EOF

## firewall:labnet_isolated
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

## machine:red
: > @STATE@/labs/isolated/red/console.log
chmod 0600 @STATE@/labs/isolated/red/console.log
chown 1902144128:1902144128 @STATE@/labs/isolated/red/console.log
rm -rf @RUN@/isolated/red/qmp.sock
coproc VIEW { exec unshare --mount --propagation private cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
mount --namespace "$VIEW_PID" -t tmpfs -o mode=0755,size=4k tmpfs /dev/net
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mknod --mode=0666 /dev/net/tun c 10 200
setsid nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- setpriv \
  --reuid 1902144128 \
  --regid 1902144128 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - @STATE@/labs/isolated/red/console.log 3ae7b5b1-c46a-8fac-8a09-fc4aaa2159e6 qemu-system-x86_64 \
  -name labnet-isolated-red \
  -uuid 3ae7b5b1-c46a-8fac-8a09-fc4aaa2159e6 \
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
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=@STATE@/labs/isolated/red/sda-red.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2,bootindex=0 \
  -drive if=none,id=seed,readonly=on,format=raw,file=@STATE@/labs/isolated/red/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=iso0,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:77:cd:94:9c:39,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=@RUN@/isolated/red/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -qmp unix:@RUN@/isolated/red/qmp.sock,server=on,wait=off <<< "$keep_console" >> @STATE@/labs/isolated/red/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e @RUN@/isolated/red/qmp.sock ]; do sleep 0.1; done'
view=$VIEW_PID; kill "$view"; wait "$view" || true
timeout 20 bash -c 'until grep -q labnet-ready @STATE@/labs/isolated/red/console.log; do sleep 0.02; done'

## machine:green
: > @STATE@/labs/isolated/green/console.log
chmod 0600 @STATE@/labs/isolated/green/console.log
chown 1902144129:1902144129 @STATE@/labs/isolated/green/console.log
rm -rf @RUN@/isolated/green/qmp.sock
coproc VIEW { exec unshare --mount --propagation private cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
mount --namespace "$VIEW_PID" -t tmpfs -o mode=0755,size=4k tmpfs /dev/net
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mknod --mode=0666 /dev/net/tun c 10 200
setsid nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- setpriv \
  --reuid 1902144129 \
  --regid 1902144129 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - @STATE@/labs/isolated/green/console.log 0fc0e56a-b8ae-8d3c-802d-e01260db63d6 qemu-system-x86_64 \
  -name labnet-isolated-green \
  -uuid 0fc0e56a-b8ae-8d3c-802d-e01260db63d6 \
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
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=@STATE@/labs/isolated/green/sda-green.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2,bootindex=0 \
  -drive if=none,id=seed,readonly=on,format=raw,file=@STATE@/labs/isolated/green/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=iso1,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:be:02:f6:e3:6d,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=@RUN@/isolated/green/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -qmp unix:@RUN@/isolated/green/qmp.sock,server=on,wait=off <<< "$keep_console" >> @STATE@/labs/isolated/green/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e @RUN@/isolated/green/qmp.sock ]; do sleep 0.1; done'
view=$VIEW_PID; kill "$view"; wait "$view" || true
timeout 20 bash -c 'until grep -q labnet-ready @STATE@/labs/isolated/green/console.log; do sleep 0.02; done'

## machine:blue
: > @STATE@/labs/isolated/blue/console.log
chmod 0600 @STATE@/labs/isolated/blue/console.log
chown 1902144130:1902144130 @STATE@/labs/isolated/blue/console.log
rm -rf @RUN@/isolated/blue/qmp.sock
coproc VIEW { exec unshare --mount --propagation private cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
mount --namespace "$VIEW_PID" -t tmpfs -o mode=0755,size=4k tmpfs /dev/net
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mknod --mode=0666 /dev/net/tun c 10 200
setsid nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- setpriv \
  --reuid 1902144130 \
  --regid 1902144130 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - @STATE@/labs/isolated/blue/console.log fea945d6-f2f7-86a2-89ab-73a56be4764a qemu-system-x86_64 \
  -name labnet-isolated-blue \
  -uuid fea945d6-f2f7-86a2-89ab-73a56be4764a \
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
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=@STATE@/labs/isolated/blue/sda-blue.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2,bootindex=0 \
  -drive if=none,id=seed,readonly=on,format=raw,file=@STATE@/labs/isolated/blue/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=iso2,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:87:7d:ba:32:c7,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=@RUN@/isolated/blue/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -qmp unix:@RUN@/isolated/blue/qmp.sock,server=on,wait=off <<< "$keep_console" >> @STATE@/labs/isolated/blue/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e @RUN@/isolated/blue/qmp.sock ]; do sleep 0.1; done'
view=$VIEW_PID; kill "$view"; wait "$view" || true
timeout 20 bash -c 'until grep -q labnet-ready @STATE@/labs/isolated/blue/console.log; do sleep 0.02; done'
