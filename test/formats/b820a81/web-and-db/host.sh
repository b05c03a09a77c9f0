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
install -d -m 0755 @STATE@/labs/web-and-db

## directory:run.lab
install -d -m 0711 -o 0 -g 0 @RUN@/web-and-db

## directory:web
install -d -m 0710 -o 0 -g 1911324800 @STATE@/labs/web-and-db/web

## directory:web.run
install -d -m 0700 -o 1911324800 -g 1911324800 @RUN@/web-and-db/web

## directory:db
install -d -m 0710 -o 0 -g 1911324801 @STATE@/labs/web-and-db/db

## directory:db.run
install -d -m 0700 -o 1911324801 -g 1911324801 @RUN@/web-and-db/db

## key-pair:id_ed25519
rm -rf @STATE@/labs/web-and-db/id_ed25519
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C labnet-web-and-db \
  -f @STATE@/labs/web-and-db/id_ed25519
sync @STATE@/labs/web-and-db/id_ed25519 @STATE@/labs/web-and-db/id_ed25519.pub

## password:web
printf %s password > @STATE@/labs/web-and-db/web/password

## key-pair:web
rm -rf @STATE@/labs/web-and-db/web/ssh_host_ed25519_key
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C root@web \
  -f @STATE@/labs/web-and-db/web/ssh_host_ed25519_key
sync @STATE@/labs/web-and-db/web/ssh_host_ed25519_key @STATE@/labs/web-and-db/web/ssh_host_ed25519_key.pub

## password:db
printf %s password > @STATE@/labs/web-and-db/db/password

## key-pair:db
rm -rf @STATE@/labs/web-and-db/db/ssh_host_ed25519_key
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C root@db \
  -f @STATE@/labs/web-and-db/db/ssh_host_ed25519_key
sync @STATE@/labs/web-and-db/db/ssh_host_ed25519_key @STATE@/labs/web-and-db/db/ssh_host_ed25519_key.pub

## text-file:known_hosts
cat > @STATE@/labs/web-and-db/known_hosts <<'EOF'
web,192.168.6.1 @@labnet:@STATE@/labs/web-and-db/web/ssh_host_ed25519_key.pub@@
db,192.168.6.2 @@labnet:@STATE@/labs/web-and-db/db/ssh_host_ed25519_key.pub@@
EOF
fill_secret @STATE@/labs/web-and-db/known_hosts @STATE@/labs/web-and-db/web/ssh_host_ed25519_key.pub
fill_secret @STATE@/labs/web-and-db/known_hosts @STATE@/labs/web-and-db/db/ssh_host_ed25519_key.pub
chmod 0600 @STATE@/labs/web-and-db/known_hosts
chown 0:0 @STATE@/labs/web-and-db/known_hosts

## seed:web
install -d -m 0700 @STATE@/labs/web-and-db/web/seed
cat > @STATE@/labs/web-and-db/web/seed/user-data <<'EOF'
#cloud-config
# What cloud-init does at this VM's first boot. Text stands in double quotes, where \n starts a new line.

# The name. cloud-init takes it from here and writes /etc/hostname.
hostname: "web"
preserve_hostname: false
# /etc/hosts is written once, below; with true, cloud-init would write its own at every boot.
manage_etc_hosts: false

# The user, with sudo and the lab's ssh key. The password is for the console.
users:
  - name: "student"
    shell: "/bin/bash"
    sudo: "ALL=(ALL) NOPASSWD:ALL"
    lock_passwd: false
    hashed_passwd: "@@labnet:crypt(883e4ca2043cc1b3):@STATE@/labs/web-and-db/web/password@@"
    ssh_authorized_keys:
      - "@@labnet:@STATE@/labs/web-and-db/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:@STATE@/labs/web-and-db/web/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:@STATE@/labs/web-and-db/web/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 web\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n192.168.6.2 db\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 203.0.113.80\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
  - {"path": "/etc/systemd/network/10-labnet-eth0.link", "owner": "root:root", "permissions": "0644", "content": "[Match]\nMACAddress=02:ed:ac:30:43:07\n\n[Link]\nName=eth0\n"}
  - {"path": "/etc/ssh/sshd_config.d/10-labnet.conf", "owner": "root:root", "permissions": "0644", "content": "PasswordAuthentication no\n"}
  - {"path": "/etc/environment", "owner": "root:root", "permissions": "0644", "content": "\nLANG=C.UTF-8\n", "append": true}
  - {"path": "/srv/www/index.html", "owner": "root:root", "permissions": "0644", "content": "<title>web</title>\n"}
  - {"path": "/var/lib/labnet/line-1", "owner": "root:root", "permissions": "0600", "content": "systemctl enable --now web"}
  - {"path": "/var/lib/cloud/scripts/per-boot/labnet-first-boot", "owner": "root:root", "permissions": "0700", "content": "#!/bin/sh\ngoing_down() { # Is this system on its way down, to a restart or off? Also when that is planned for the next ten minutes.\n  # Nothing stops it any more, and near its end nobody answers that could be asked.\n  [ -z \"${going:-}\" ] || return 0\n  command -v systemctl > /dev/null || return 1\n  case $(systemctl show --property=ActiveState --property=Job shutdown.target 2> /dev/null) in\n    *ActiveState=active* | *Job=[1-9]*) going=yes ;;\n  esac\n  # logind lets a program that asked for it finish something first.\n  for asked in /run/systemd/inhibit/*; do\n    [ -e \"$asked\" ] || break\n    set -- org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager PreparingForShutdown\n    case $(busctl get-property \"$@\" 2> /dev/null) in *true) going=yes ;; esac\n    break\n  done\n  [ -z \"${going:-}\" ] || return 0\n  [ -r /run/systemd/shutdown/scheduled ] || return 1\n  due=\n  while IFS='=' read -r key value; do\n    [ \"$key\" != USEC ] || due=${value%??????}\n  done < /run/systemd/shutdown/scheduled\n  [ \"${due:-0}\" -gt 0 ] && [ $((due - $(date +%s))) -lt 600 ]\n}\n# labnet's own part of a first boot. cloud-init runs this at each boot, when its files are written and its packages are\n# there: what is done is not done again, and after a restart on the way it goes on.\nplace=/var/lib/labnet\nlog=/var/log/cloud-init-output.log\n\nown() { # HOME FILE: directories that root had to make on the way from the home to the file are the user's\n  at=$1\n  rest=${2#\"$1\"/}\n  while case $rest in */*) true ;; *) false ;; esac do\n    at=$at/${rest%%/*}\n    rest=${rest#*/}\n    # What lies behind a link is not below the home.\n    [ -d \"$at\" ] && [ ! -L \"$at\" ] || return 0\n    [ ! -O \"$at\" ] || chown \"$user:\" \"$at\"\n  done\n}\n\nrun_lines() { # Each in a shell of its own, in order; the first that fails is the last.\n  count=0\n  while [ -e \"$place/line-$((count + 1))\" ]; do count=$((count + 1)); done\n  number=0\n  if [ -e \"$place/begun\" ]; then\n    while read -r last; do number=$last; done < \"$place/begun\"\n  fi\n  [ \"$count\" -gt 0 ] || return 0\n  if [ -e \"$place/ended\" ]; then\n    while read -r _ status; do [ \"$status\" = 0 ] || return 0; done < \"$place/ended\"\n  fi\n  while :; do\n    # A package may have asked for a restart before the first.\n    while going_down; do sleep 1; done\n    [ \"$number\" -lt \"$count\" ] || return 0\n    # What cloud-init wrote, too: a line may end the VM in whatever way.\n    [ \"$number\" -gt 0 ] || sync\n    number=$((number + 1))\n    # On the disk before it begins: a line that restarts the VM, in whatever way, is not run again.\n    echo \"$number\" >> \"$place/begun\"\n    sync \"$place/begun\"\n    echo \"labnet: run line $number of $count begins\"\n    (export HOME=/root && cd / && exec /bin/sh \"$place/line-$number\") < /dev/null\n    status=$?\n    echo \"$number $status\" >> \"$place/ended\"\n    ended=\"labnet: run line $number of $count ended with $status\"\n    echo \"$ended\"\n    if [ \"$status\" -ne 0 ]; then\n      keep_said \"$ended\"\n      return\n    fi\n  done\n}\n\nkeep_said() { # SIGN: the end of what was said, as soon as cloud-init's log has come to the sign\n  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do\n    ! tail -c 1000 \"$log\" 2> /dev/null | grep -qF \"$1\" || break\n    sleep 0.5\n  done\n  (umask 077 && tail -c 8192 \"$log\" > \"$place/said\") 2> /dev/null\n}\n\n[ ! -e \"$place/done\" ] || exit 0\nif [ -e \"$place/paths\" ] && [ ! -e \"$place/begun\" ]; then\n  {\n    read -r user\n    while IFS= read -r path; do own \"/home/$user\" \"$path\"; done\n  } < \"$place/paths\"\nfi\nrun_lines\n: > \"$place/done\"\n"}

# Which of cloud-init's modules run: users come before files, or a file in the user's home would make the home root's.
cloud_init_modules: ["growpart", "resizefs", "set_hostname", "users_groups", "write_files", "ssh"]
# This VM needs no others, and each one not run saves time.
cloud_config_modules: []
cloud_final_modules: ["scripts_per_boot", "final_message"]

# cloud-init says this on the console when it has finished, at every boot: labnet waits for it.
final_message: "labnet-ready web-and-db-web-ff6435ac"
EOF
fill_secret @STATE@/labs/web-and-db/web/seed/user-data @STATE@/labs/web-and-db/web/password 883e4ca2043cc1b3
fill_secret @STATE@/labs/web-and-db/web/seed/user-data @STATE@/labs/web-and-db/id_ed25519.pub
fill_secret @STATE@/labs/web-and-db/web/seed/user-data @STATE@/labs/web-and-db/web/ssh_host_ed25519_key
fill_secret @STATE@/labs/web-and-db/web/seed/user-data @STATE@/labs/web-and-db/web/ssh_host_ed25519_key.pub
chmod 0600 @STATE@/labs/web-and-db/web/seed/user-data
cat > @STATE@/labs/web-and-db/web/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "web-and-db-web-ff6435ac"
local-hostname: "web"
EOF
chmod 0600 @STATE@/labs/web-and-db/web/seed/meta-data
cat > @STATE@/labs/web-and-db/web/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # The card with this MAC address, whatever the image calls it, gets this name.
    mac_address: "02:ed:ac:30:43:07"
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
chmod 0600 @STATE@/labs/web-and-db/web/seed/network-config
: > @STATE@/labs/web-and-db/web/seed.iso
chmod 0600 @STATE@/labs/web-and-db/web/seed.iso
chown 1911324800:1911324800 @STATE@/labs/web-and-db/web/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o @STATE@/labs/web-and-db/web/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 @STATE@/labs/web-and-db/web/seed
sync @STATE@/labs/web-and-db/web/seed.iso
rm -rf @STATE@/labs/web-and-db/web/seed

## seed:db
install -d -m 0700 @STATE@/labs/web-and-db/db/seed
cat > @STATE@/labs/web-and-db/db/seed/user-data <<'EOF'
#cloud-config
# What cloud-init does at this VM's first boot. Text stands in double quotes, where \n starts a new line.

# The name. cloud-init takes it from here and writes /etc/hostname.
hostname: "db"
preserve_hostname: false
# /etc/hosts is written once, below; with true, cloud-init would write its own at every boot.
manage_etc_hosts: false

# The user, with sudo and the lab's ssh key. The password is for the console.
users:
  - name: "student"
    shell: "/bin/bash"
    sudo: "ALL=(ALL) NOPASSWD:ALL"
    lock_passwd: false
    hashed_passwd: "@@labnet:crypt(8a557023fad66cd1):@STATE@/labs/web-and-db/db/password@@"
    ssh_authorized_keys:
      - "@@labnet:@STATE@/labs/web-and-db/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:@STATE@/labs/web-and-db/db/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:@STATE@/labs/web-and-db/db/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 db\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n192.168.6.1 web\n192.168.6.1 website\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 203.0.113.80\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
  - {"path": "/etc/systemd/network/10-labnet-eth0.link", "owner": "root:root", "permissions": "0644", "content": "[Match]\nMACAddress=02:9d:f8:b2:6e:4b\n\n[Link]\nName=eth0\n"}
  - {"path": "/etc/ssh/sshd_config.d/10-labnet.conf", "owner": "root:root", "permissions": "0644", "content": "PasswordAuthentication no\n"}
  - {"path": "/etc/environment", "owner": "root:root", "permissions": "0644", "content": "\nLANG=C.UTF-8\n", "append": true}

# Which of cloud-init's modules run: users come before files, or a file in the user's home would make the home root's.
cloud_init_modules: ["growpart", "resizefs", "set_hostname", "users_groups", "write_files", "ssh"]
# This VM needs no others, and each one not run saves time.
cloud_config_modules: []
cloud_final_modules: ["final_message"]

# cloud-init says this on the console when it has finished, at every boot: labnet waits for it.
final_message: "labnet-ready web-and-db-db-7dea0aea"
EOF
fill_secret @STATE@/labs/web-and-db/db/seed/user-data @STATE@/labs/web-and-db/db/password 8a557023fad66cd1
fill_secret @STATE@/labs/web-and-db/db/seed/user-data @STATE@/labs/web-and-db/id_ed25519.pub
fill_secret @STATE@/labs/web-and-db/db/seed/user-data @STATE@/labs/web-and-db/db/ssh_host_ed25519_key
fill_secret @STATE@/labs/web-and-db/db/seed/user-data @STATE@/labs/web-and-db/db/ssh_host_ed25519_key.pub
chmod 0600 @STATE@/labs/web-and-db/db/seed/user-data
cat > @STATE@/labs/web-and-db/db/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "web-and-db-db-7dea0aea"
local-hostname: "db"
EOF
chmod 0600 @STATE@/labs/web-and-db/db/seed/meta-data
cat > @STATE@/labs/web-and-db/db/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # The card with this MAC address, whatever the image calls it, gets this name.
    mac_address: "02:9d:f8:b2:6e:4b"
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
chmod 0600 @STATE@/labs/web-and-db/db/seed/network-config
: > @STATE@/labs/web-and-db/db/seed.iso
chmod 0600 @STATE@/labs/web-and-db/db/seed.iso
chown 1911324801:1911324801 @STATE@/labs/web-and-db/db/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o @STATE@/labs/web-and-db/db/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 @STATE@/labs/web-and-db/db/seed
sync @STATE@/labs/web-and-db/db/seed.iso
rm -rf @STATE@/labs/web-and-db/db/seed

## overlay:web
: > @STATE@/labs/web-and-db/web/sda-web.qcow2
chmod 0600 @STATE@/labs/web-and-db/web/sda-web.qcow2
chown 1911324800:1911324800 @STATE@/labs/web-and-db/web/sda-web.qcow2
setpriv \
  --reuid 1911324800 \
  --regid 1911324800 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- qemu-img create \
  -q \
  -f qcow2 \
  -F qcow2 \
  -b @STATE@/images/@debian-11.qcow2@.qcow2 @STATE@/labs/web-and-db/web/sda-web.qcow2 10737418240

## overlay:db
: > @STATE@/labs/web-and-db/db/sda-db.qcow2
chmod 0600 @STATE@/labs/web-and-db/db/sda-db.qcow2
chown 1911324801:1911324801 @STATE@/labs/web-and-db/db/sda-db.qcow2
setpriv \
  --reuid 1911324801 \
  --regid 1911324801 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- qemu-img create \
  -q \
  -f qcow2 \
  -F qcow2 \
  -b @STATE@/images/@debian-11.qcow2@.qcow2 @STATE@/labs/web-and-db/db/sda-db.qcow2 10737418240

## unmanaged:br0
mkdir --mode 755 /run/NetworkManager/conf.d || true
cat > /run/NetworkManager/conf.d/labnet-web-and-db.conf <<'EOF'
# labnet: the lab web-and-db
[device-labnet-web-and-db]
match-device=interface-name:br0;interface-name:tap0;interface-name:tap1;interface-name:labnet-526f400b
managed=0
EOF
chmod 0644 /run/NetworkManager/conf.d/labnet-web-and-db.conf
nmcli general reload conf

## bridge:br0
ip link add name br0 address 02:15:17:59:fe:61 mtu 1400 type bridge stp_state 0 forward_delay 0
ip link set dev br0 alias labnet:web-and-db
sysctl --ignore --quiet --write net.ipv6.conf.br0.disable_ipv6=1 net.ipv4.conf.br0.forwarding=1
ip address replace 192.168.6.10/24 dev br0
ip link set dev br0 up

## tap:web
ip tuntap add dev tap0 mode tap user 1911324800
ip link set dev tap0 alias labnet:web-and-db
sysctl --ignore --quiet --write net.ipv6.conf.tap0.disable_ipv6=1
ip link set dev tap0 mtu 1400 master br0 up
ip link set dev tap0 address ee:ee:17:9e:77:24

## tap:db
ip tuntap add dev tap1 mode tap user 1911324801
ip link set dev tap1 alias labnet:web-and-db
sysctl --ignore --quiet --write net.ipv6.conf.tap1.disable_ipv6=1
ip link set dev tap1 mtu 1400 master br0 up
ip link set dev tap1 address 3a:21:cb:84:e6:2c

## anti-spoof:labnet_web_and_db
nft --file - <<'EOF'
create table netdev labnet_web_and_db { comment "labnet:web-and-db"; }
table netdev labnet_web_and_db {
  chain from_tap0 {
    type filter hook ingress device "tap0" priority filter; policy drop;
    ether saddr 02:ed:ac:30:43:07 ip saddr 192.168.6.1 accept
    ether saddr 02:ed:ac:30:43:07 arp saddr ether 02:ed:ac:30:43:07 arp saddr ip { 0.0.0.0, 192.168.6.1 } accept
  }

  chain from_tap1 {
    type filter hook ingress device "tap1" priority filter; policy drop;
    ether saddr 02:9d:f8:b2:6e:4b ip saddr 192.168.6.2 accept
    ether saddr 02:9d:f8:b2:6e:4b arp saddr ether 02:9d:f8:b2:6e:4b arp saddr ip { 0.0.0.0, 192.168.6.2 } accept
  }
}
EOF

## firewall:labnet_web_and_db
nft --file - <<'EOF'
create table inet labnet_web_and_db { comment "labnet:web-and-db"; }
table inet labnet_web_and_db {
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

## docker-user:br0
iptables-nft -w -I DOCKER-USER -i br0 -m comment --comment labnet:web-and-db -j ACCEPT
iptables-nft -w -I DOCKER-USER -o br0 -m comment --comment labnet:web-and-db -j ACCEPT

## forwarding:uplink
sysctl --quiet --write net.ipv4.conf.up0.forwarding=1
cat > @RUN@/settings.conf <<'EOF'
# labnet: kernel settings as they were before the first lab; put back after the last
# boot @BOOT@
# holder web-and-db: net.ipv4.conf.up0.forwarding net.ipv4.ip_forward
# wrote net.ipv4.conf.up0.forwarding = 1
net.ipv4.ip_forward = 0
net.ipv4.conf.up0.forwarding = 0
EOF

## machine:web
: > @STATE@/labs/web-and-db/web/console.log
chmod 0600 @STATE@/labs/web-and-db/web/console.log
chown 1911324800:1911324800 @STATE@/labs/web-and-db/web/console.log
rm -rf @RUN@/web-and-db/web/qmp.sock
coproc VIEW { exec unshare --mount --propagation private cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
mount --namespace "$VIEW_PID" -t tmpfs -o mode=0755,size=4k tmpfs /dev/net
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mknod --mode=0666 /dev/net/tun c 10 200
setsid nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- setpriv \
  --reuid 1911324800 \
  --regid 1911324800 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - @STATE@/labs/web-and-db/web/console.log 2319a8b8-e3d4-843f-883e-4ca2043cc1b3 qemu-system-x86_64 \
  -name labnet-web-and-db-web \
  -uuid 2319a8b8-e3d4-843f-883e-4ca2043cc1b3 \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine pc \
  -accel tcg,thread=single,tb-size=128 \
  -cpu max \
  -smp 1 \
  -m 512 \
  -display none \
  -machine graphics=off \
  -rtc base=utc,clock=host,driftfix=slew \
  -msg timestamp=on \
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=@STATE@/labs/web-and-db/web/sda-web.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2,bootindex=0 \
  -drive if=none,id=seed,readonly=on,format=raw,file=@STATE@/labs/web-and-db/web/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=tap0,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:ed:ac:30:43:07,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=@RUN@/web-and-db/web/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -qmp unix:@RUN@/web-and-db/web/qmp.sock,server=on,wait=off <<< "$keep_console" >> @STATE@/labs/web-and-db/web/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e @RUN@/web-and-db/web/qmp.sock ]; do sleep 0.1; done'
view=$VIEW_PID; kill "$view"; wait "$view" || true
timeout 20 bash -c 'until grep -q labnet-ready @STATE@/labs/web-and-db/web/console.log; do sleep 0.02; done'

## machine:db
: > @STATE@/labs/web-and-db/db/console.log
chmod 0600 @STATE@/labs/web-and-db/db/console.log
chown 1911324801:1911324801 @STATE@/labs/web-and-db/db/console.log
rm -rf @RUN@/web-and-db/db/qmp.sock
coproc VIEW { exec unshare --mount --propagation private cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
mount --namespace "$VIEW_PID" -t tmpfs -o mode=0755,size=4k tmpfs /dev/net
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mknod --mode=0666 /dev/net/tun c 10 200
setsid nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- setpriv \
  --reuid 1911324801 \
  --regid 1911324801 \
  --clear-groups \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - @STATE@/labs/web-and-db/db/console.log 9b6466e3-d124-8943-8a55-7023fad66cd1 qemu-system-x86_64 \
  -name labnet-web-and-db-db \
  -uuid 9b6466e3-d124-8943-8a55-7023fad66cd1 \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine pc \
  -accel tcg,thread=single,tb-size=128 \
  -cpu max \
  -smp 1 \
  -m 512 \
  -display none \
  -machine graphics=off \
  -rtc base=utc,clock=host,driftfix=slew \
  -msg timestamp=on \
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=@STATE@/labs/web-and-db/db/sda-db.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2,bootindex=0 \
  -drive if=none,id=seed,readonly=on,format=raw,file=@STATE@/labs/web-and-db/db/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=tap1,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:9d:f8:b2:6e:4b,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=@RUN@/web-and-db/db/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -qmp unix:@RUN@/web-and-db/db/qmp.sock,server=on,wait=off <<< "$keep_console" >> @STATE@/labs/web-and-db/db/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e @RUN@/web-and-db/db/qmp.sock ]; do sleep 0.1; done'
view=$VIEW_PID; kill "$view"; wait "$view" || true
timeout 20 bash -c 'until grep -q labnet-ready @STATE@/labs/web-and-db/db/console.log; do sleep 0.02; done'
