#!/usr/bin/env bash
# What labnet does to make the lab web-and-db: run it as root, or read it and type it.
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
install -d -m 0711 -o 0 -g 0 /run/labnet/web-and-db

### Directories

# directory:web: holds the files of web: the uid that web runs as can open its own, and make none
install -d -m 0710 -o 0 -g 1911324800 /var/lib/labnet/labs/web-and-db/web

# directory:web.run: holds the sockets of web: QEMU's control socket (QMP), the console, and labnet's own way in
install -d -m 0700 -o 1911324800 -g 1911324800 /run/labnet/web-and-db/web

# directory:db: holds the files of db: the uid that db runs as can open its own, and make none
install -d -m 0710 -o 0 -g 1911324801 /var/lib/labnet/labs/web-and-db/db

# directory:db.run: holds the sockets of db: QEMU's control socket (QMP), the console, and labnet's own way in
install -d -m 0700 -o 1911324801 -g 1911324801 /run/labnet/web-and-db/db

### Keys and passwords

# key-pair:id_ed25519: the key with which `labnet ssh` and the probes enter the VMs
rm -rf /var/lib/labnet/labs/web-and-db/id_ed25519
ssh-keygen -q -t ed25519 -N '' -C labnet-web-and-db -f /var/lib/labnet/labs/web-and-db/id_ed25519
chown 1000 /var/lib/labnet/labs/web-and-db/id_ed25519 /var/lib/labnet/labs/web-and-db/id_ed25519.pub
sync /var/lib/labnet/labs/web-and-db/id_ed25519 /var/lib/labnet/labs/web-and-db/id_ed25519.pub

# key-pair:web: the host key of web, made here so that it is known before the first connection
rm -rf /var/lib/labnet/labs/web-and-db/web/ssh_host_ed25519_key
ssh-keygen \
  -q \
  -t ed25519 \
  -N '' \
  -C root@web \
  -f /var/lib/labnet/labs/web-and-db/web/ssh_host_ed25519_key
sync /var/lib/labnet/labs/web-and-db/web/ssh_host_ed25519_key /var/lib/labnet/labs/web-and-db/web/ssh_host_ed25519_key.pub

# password:web: a random password for the console, which must work when the network does not
od -An -N8 -tx1 /dev/urandom | tr -d ' \n' > /var/lib/labnet/labs/web-and-db/web/password

# key-pair:db: the host key of db, made here so that it is known before the first connection
rm -rf /var/lib/labnet/labs/web-and-db/db/ssh_host_ed25519_key
ssh-keygen -q -t ed25519 -N '' -C root@db -f /var/lib/labnet/labs/web-and-db/db/ssh_host_ed25519_key
sync /var/lib/labnet/labs/web-and-db/db/ssh_host_ed25519_key /var/lib/labnet/labs/web-and-db/db/ssh_host_ed25519_key.pub

# password:db: a random password for the console, which must work when the network does not
od -An -N8 -tx1 /dev/urandom | tr -d ' \n' > /var/lib/labnet/labs/web-and-db/db/password

### Disks and seeds

# text-file:known_hosts: the host keys of the VMs, so that ssh knows them from the first connection
cat > /var/lib/labnet/labs/web-and-db/known_hosts <<'EOF'
web,192.168.6.21 @@labnet:/var/lib/labnet/labs/web-and-db/web/ssh_host_ed25519_key.pub@@
db,192.168.6.22 @@labnet:/var/lib/labnet/labs/web-and-db/db/ssh_host_ed25519_key.pub@@
EOF
fill_secret /var/lib/labnet/labs/web-and-db/known_hosts /var/lib/labnet/labs/web-and-db/web/ssh_host_ed25519_key.pub
fill_secret /var/lib/labnet/labs/web-and-db/known_hosts /var/lib/labnet/labs/web-and-db/db/ssh_host_ed25519_key.pub
chmod 0600 /var/lib/labnet/labs/web-and-db/known_hosts
chown 1000:1000 /var/lib/labnet/labs/web-and-db/known_hosts

# overlay:web: the VM's disk: what the VM writes goes here, what it has not written is read from /var/lib/labnet/images/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.qcow2
: > /var/lib/labnet/labs/web-and-db/web/sda-web.qcow2
chmod 0600 /var/lib/labnet/labs/web-and-db/web/sda-web.qcow2
chown 1911324800:1911324800 /var/lib/labnet/labs/web-and-db/web/sda-web.qcow2
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
  -b /var/lib/labnet/images/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.qcow2 /var/lib/labnet/labs/web-and-db/web/sda-web.qcow2 10737418240

# seed:web: the CD from which the VM learns its name, addresses, users and keys at its first boot (cloud-init, NoCloud)
install -d -m 0700 /var/lib/labnet/labs/web-and-db/web/seed
cat > /var/lib/labnet/labs/web-and-db/web/seed/user-data <<'EOF'
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
    hashed_passwd: "@@labnet:crypt(8fc0c0a06cd33727):/var/lib/labnet/labs/web-and-db/web/password@@"
    ssh_authorized_keys:
      - "@@labnet:/var/lib/labnet/labs/web-and-db/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:/var/lib/labnet/labs/web-and-db/web/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:/var/lib/labnet/labs/web-and-db/web/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 web\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n192.168.6.22 db\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 198.51.100.53\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
  - {"path": "/etc/ssh/sshd_config.d/10-labnet.conf", "owner": "root:root", "permissions": "0644", "content": "PasswordAuthentication no\n"}
  - {"path": "/etc/environment", "owner": "root:root", "permissions": "0644", "content": "\nLANG=C.UTF-8\n", "append": true}
  - {"path": "/srv/www/index.html", "owner": "root:root", "permissions": "0644", "content": "<!doctype html>\n<title>web</title>\n<p>This is web. The data is on <a href=\"http://db:8080/\">db</a>.\n"}
  - {"path": "/etc/systemd/system/web.service", "owner": "root:root", "permissions": "0644", "content": "[Service]\nExecStart=/usr/bin/python3 -m http.server --directory /srv/www 80\n[Install]\nWantedBy=multi-user.target\n"}
  - {"path": "/var/lib/labnet/line-1", "owner": "root:root", "permissions": "0600", "content": "systemctl enable --now web"}
  - {"path": "/var/lib/cloud/scripts/per-boot/labnet-first-boot", "owner": "root:root", "permissions": "0700", "content": "#!/bin/sh\ngoing_down() { # Is this system on its way down, to a restart or off? Also when that is planned for the next ten minutes.\n  # Nothing stops it any more, and near its end nobody answers that could be asked.\n  [ -z \"${going:-}\" ] || return 0\n  command -v systemctl > /dev/null || return 1\n  case $(systemctl show --property=ActiveState --property=Job shutdown.target 2> /dev/null) in\n    *ActiveState=active* | *Job=[1-9]*) going=yes ;;\n  esac\n  # logind lets a program that asked for it finish something first.\n  for asked in /run/systemd/inhibit/*; do\n    [ -e \"$asked\" ] || break\n    set -- org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager PreparingForShutdown\n    case $(busctl get-property \"$@\" 2> /dev/null) in *true) going=yes ;; esac\n    break\n  done\n  [ -z \"${going:-}\" ] || return 0\n  [ -r /run/systemd/shutdown/scheduled ] || return 1\n  due=\n  while IFS='=' read -r key value; do\n    [ \"$key\" != USEC ] || due=${value%??????}\n  done < /run/systemd/shutdown/scheduled\n  [ \"${due:-0}\" -gt 0 ] && [ $((due - $(date +%s))) -lt 600 ]\n}\n# labnet's own part of a first boot. cloud-init runs this at each boot, when its files are written and its packages are\n# there: what is done is not done again, and after a restart on the way it goes on.\nplace=/var/lib/labnet\nlog=/var/log/cloud-init-output.log\n\nown() { # HOME FILE: directories that root had to make on the way from the home to the file are the user's\n  at=$1\n  rest=${2#\"$1\"/}\n  while case $rest in */*) true ;; *) false ;; esac do\n    at=$at/${rest%%/*}\n    rest=${rest#*/}\n    # What lies behind a link is not below the home.\n    [ -d \"$at\" ] && [ ! -L \"$at\" ] || return 0\n    [ ! -O \"$at\" ] || chown \"$user:\" \"$at\"\n  done\n}\n\nrun_lines() { # Each in a shell of its own, in order; the first that fails is the last.\n  count=0\n  while [ -e \"$place/line-$((count + 1))\" ]; do count=$((count + 1)); done\n  number=0\n  if [ -e \"$place/begun\" ]; then\n    while read -r last; do number=$last; done < \"$place/begun\"\n  fi\n  [ \"$count\" -gt 0 ] || return 0\n  if [ -e \"$place/ended\" ]; then\n    while read -r _ status; do [ \"$status\" = 0 ] || return 0; done < \"$place/ended\"\n  fi\n  while :; do\n    # A package may have asked for a restart before the first.\n    while going_down; do sleep 1; done\n    [ \"$number\" -lt \"$count\" ] || return 0\n    # What cloud-init wrote, too: a line may end the VM in whatever way.\n    [ \"$number\" -gt 0 ] || sync\n    number=$((number + 1))\n    # On the disk before it begins: a line that restarts the VM, in whatever way, is not run again.\n    echo \"$number\" >> \"$place/begun\"\n    sync \"$place/begun\"\n    echo \"labnet: run line $number of $count begins\"\n    (export HOME=/root && cd / && exec /bin/sh \"$place/line-$number\") < /dev/null\n    status=$?\n    echo \"$number $status\" >> \"$place/ended\"\n    ended=\"labnet: run line $number of $count ended with $status\"\n    echo \"$ended\"\n    if [ \"$status\" -ne 0 ]; then\n      keep_said \"$ended\"\n      return\n    fi\n  done\n}\n\nkeep_said() { # SIGN: the end of what was said, as soon as cloud-init's log has come to the sign\n  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do\n    ! tail -c 1000 \"$log\" 2> /dev/null | grep -qF \"$1\" || break\n    sleep 0.5\n  done\n  (umask 077 && tail -c 8192 \"$log\" > \"$place/said\") 2> /dev/null\n}\n\n[ ! -e \"$place/done\" ] || exit 0\nif [ -e \"$place/paths\" ] && [ ! -e \"$place/begun\" ]; then\n  {\n    read -r user\n    while IFS= read -r path; do own \"/home/$user\" \"$path\"; done\n  } < \"$place/paths\"\nfi\nrun_lines\n: > \"$place/done\"\n"}
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
final_message: "labnet-ready web-and-db-web-0147370f"
EOF
fill_secret /var/lib/labnet/labs/web-and-db/web/seed/user-data /var/lib/labnet/labs/web-and-db/web/password 8fc0c0a06cd33727
fill_secret /var/lib/labnet/labs/web-and-db/web/seed/user-data /var/lib/labnet/labs/web-and-db/id_ed25519.pub
fill_secret /var/lib/labnet/labs/web-and-db/web/seed/user-data /var/lib/labnet/labs/web-and-db/web/ssh_host_ed25519_key
fill_secret /var/lib/labnet/labs/web-and-db/web/seed/user-data /var/lib/labnet/labs/web-and-db/web/ssh_host_ed25519_key.pub
chmod 0600 /var/lib/labnet/labs/web-and-db/web/seed/user-data
cat > /var/lib/labnet/labs/web-and-db/web/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "web-and-db-web-0147370f"
local-hostname: "web"
EOF
chmod 0600 /var/lib/labnet/labs/web-and-db/web/seed/meta-data
cat > /var/lib/labnet/labs/web-and-db/web/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # Matched by its name and not by its MAC address, "02:49:6d:43:55:9e": the disk also boots behind another card.
    name: "eth0"
    mtu: 1500
    subnets:
      - type: "static"
        address: "192.168.6.21/24"
        # The default route: the host's own address on the bridge.
        gateway: "192.168.6.10"
        dns_nameservers:
          - "198.51.100.53"
EOF
chmod 0600 /var/lib/labnet/labs/web-and-db/web/seed/network-config
: > /var/lib/labnet/labs/web-and-db/web/seed.iso
chmod 0600 /var/lib/labnet/labs/web-and-db/web/seed.iso
chown 1911324800:1911324800 /var/lib/labnet/labs/web-and-db/web/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o /var/lib/labnet/labs/web-and-db/web/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 /var/lib/labnet/labs/web-and-db/web/seed
sync /var/lib/labnet/labs/web-and-db/web/seed.iso
rm -rf /var/lib/labnet/labs/web-and-db/web/seed

# overlay:db: the VM's disk: what the VM writes goes here, what it has not written is read from /var/lib/labnet/images/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.qcow2
: > /var/lib/labnet/labs/web-and-db/db/sda-db.qcow2
chmod 0600 /var/lib/labnet/labs/web-and-db/db/sda-db.qcow2
chown 1911324801:1911324801 /var/lib/labnet/labs/web-and-db/db/sda-db.qcow2
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
  -b /var/lib/labnet/images/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.qcow2 /var/lib/labnet/labs/web-and-db/db/sda-db.qcow2 10737418240

# seed:db: the CD from which the VM learns its name, addresses, users and keys at its first boot (cloud-init, NoCloud)
install -d -m 0700 /var/lib/labnet/labs/web-and-db/db/seed
cat > /var/lib/labnet/labs/web-and-db/db/seed/user-data <<'EOF'
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
    hashed_passwd: "@@labnet:crypt(81288226447d7085):/var/lib/labnet/labs/web-and-db/db/password@@"
    ssh_authorized_keys:
      - "@@labnet:/var/lib/labnet/labs/web-and-db/id_ed25519.pub@@"

# May one log in by ssh with a password? Only if the lab file sets one: sshd's own file says so, below. Root never.
ssh_pwauth: false
disable_root: true

# The host key was made by the host, which therefore knows it before the first connection.
ssh_deletekeys: true
ssh_genkeytypes: ["ed25519"]
ssh_keys:
  ed25519_private: "@@labnet:/var/lib/labnet/labs/web-and-db/db/ssh_host_ed25519_key@@\n"
  ed25519_public: "@@labnet:/var/lib/labnet/labs/web-and-db/db/ssh_host_ed25519_key.pub@@"

# Names, resolvers, and a rule for later boots: cloud-init keeps this seed, so that the disk boots without the CD.
write_files:
  - {"path": "/etc/hosts", "owner": "root:root", "permissions": "0644", "content": "127.0.0.1 localhost\n127.0.0.1 db\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n192.168.6.21 web\n"}
  - {"path": "/etc/resolv.conf", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet at the first boot.\nnameserver 198.51.100.53\n"}
  - {"path": "/etc/cloud/cloud.cfg.d/99-labnet.cfg", "owner": "root:root", "permissions": "0644", "content": "# Written by labnet: a boot without the seed leaves the VM as it is.\nmanual_cache_clean: true\ndatasource_list: [NoCloud]\nnetwork: {config: disabled}\n"}
  - {"path": "/var/lib/cloud/instance/manual-clean", "owner": "root:root", "permissions": "0644", "content": ""}
  - {"path": "/etc/ssh/sshd_config.d/10-labnet.conf", "owner": "root:root", "permissions": "0644", "content": "PasswordAuthentication no\n"}
  - {"path": "/etc/environment", "owner": "root:root", "permissions": "0644", "content": "\nLANG=C.UTF-8\n", "append": true}
  - {"path": "/srv/data/rows.json", "owner": "root:root", "permissions": "0644", "content": "[{\"id\": 1, \"name\": \"first\"}]\n"}
  - {"path": "/etc/systemd/system/db.service", "owner": "root:root", "permissions": "0644", "content": "[Service]\nDynamicUser=yes\nExecStart=/usr/bin/python3 -m http.server --directory /srv/data 8080\n[Install]\nWantedBy=multi-user.target\n"}
  - {"path": "/var/lib/labnet/line-1", "owner": "root:root", "permissions": "0600", "content": "systemctl enable --now db"}
  - {"path": "/var/lib/cloud/scripts/per-boot/labnet-first-boot", "owner": "root:root", "permissions": "0700", "content": "#!/bin/sh\ngoing_down() { # Is this system on its way down, to a restart or off? Also when that is planned for the next ten minutes.\n  # Nothing stops it any more, and near its end nobody answers that could be asked.\n  [ -z \"${going:-}\" ] || return 0\n  command -v systemctl > /dev/null || return 1\n  case $(systemctl show --property=ActiveState --property=Job shutdown.target 2> /dev/null) in\n    *ActiveState=active* | *Job=[1-9]*) going=yes ;;\n  esac\n  # logind lets a program that asked for it finish something first.\n  for asked in /run/systemd/inhibit/*; do\n    [ -e \"$asked\" ] || break\n    set -- org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager PreparingForShutdown\n    case $(busctl get-property \"$@\" 2> /dev/null) in *true) going=yes ;; esac\n    break\n  done\n  [ -z \"${going:-}\" ] || return 0\n  [ -r /run/systemd/shutdown/scheduled ] || return 1\n  due=\n  while IFS='=' read -r key value; do\n    [ \"$key\" != USEC ] || due=${value%??????}\n  done < /run/systemd/shutdown/scheduled\n  [ \"${due:-0}\" -gt 0 ] && [ $((due - $(date +%s))) -lt 600 ]\n}\n# labnet's own part of a first boot. cloud-init runs this at each boot, when its files are written and its packages are\n# there: what is done is not done again, and after a restart on the way it goes on.\nplace=/var/lib/labnet\nlog=/var/log/cloud-init-output.log\n\nown() { # HOME FILE: directories that root had to make on the way from the home to the file are the user's\n  at=$1\n  rest=${2#\"$1\"/}\n  while case $rest in */*) true ;; *) false ;; esac do\n    at=$at/${rest%%/*}\n    rest=${rest#*/}\n    # What lies behind a link is not below the home.\n    [ -d \"$at\" ] && [ ! -L \"$at\" ] || return 0\n    [ ! -O \"$at\" ] || chown \"$user:\" \"$at\"\n  done\n}\n\nrun_lines() { # Each in a shell of its own, in order; the first that fails is the last.\n  count=0\n  while [ -e \"$place/line-$((count + 1))\" ]; do count=$((count + 1)); done\n  number=0\n  if [ -e \"$place/begun\" ]; then\n    while read -r last; do number=$last; done < \"$place/begun\"\n  fi\n  [ \"$count\" -gt 0 ] || return 0\n  if [ -e \"$place/ended\" ]; then\n    while read -r _ status; do [ \"$status\" = 0 ] || return 0; done < \"$place/ended\"\n  fi\n  while :; do\n    # A package may have asked for a restart before the first.\n    while going_down; do sleep 1; done\n    [ \"$number\" -lt \"$count\" ] || return 0\n    # What cloud-init wrote, too: a line may end the VM in whatever way.\n    [ \"$number\" -gt 0 ] || sync\n    number=$((number + 1))\n    # On the disk before it begins: a line that restarts the VM, in whatever way, is not run again.\n    echo \"$number\" >> \"$place/begun\"\n    sync \"$place/begun\"\n    echo \"labnet: run line $number of $count begins\"\n    (export HOME=/root && cd / && exec /bin/sh \"$place/line-$number\") < /dev/null\n    status=$?\n    echo \"$number $status\" >> \"$place/ended\"\n    ended=\"labnet: run line $number of $count ended with $status\"\n    echo \"$ended\"\n    if [ \"$status\" -ne 0 ]; then\n      keep_said \"$ended\"\n      return\n    fi\n  done\n}\n\nkeep_said() { # SIGN: the end of what was said, as soon as cloud-init's log has come to the sign\n  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do\n    ! tail -c 1000 \"$log\" 2> /dev/null | grep -qF \"$1\" || break\n    sleep 0.5\n  done\n  (umask 077 && tail -c 8192 \"$log\" > \"$place/said\") 2> /dev/null\n}\n\n[ ! -e \"$place/done\" ] || exit 0\nif [ -e \"$place/paths\" ] && [ ! -e \"$place/begun\" ]; then\n  {\n    read -r user\n    while IFS= read -r path; do own \"/home/$user\" \"$path\"; done\n  } < \"$place/paths\"\nfi\nrun_lines\n: > \"$place/done\"\n"}
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
final_message: "labnet-ready web-and-db-db-90254031"
EOF
fill_secret /var/lib/labnet/labs/web-and-db/db/seed/user-data /var/lib/labnet/labs/web-and-db/db/password 81288226447d7085
fill_secret /var/lib/labnet/labs/web-and-db/db/seed/user-data /var/lib/labnet/labs/web-and-db/id_ed25519.pub
fill_secret /var/lib/labnet/labs/web-and-db/db/seed/user-data /var/lib/labnet/labs/web-and-db/db/ssh_host_ed25519_key
fill_secret /var/lib/labnet/labs/web-and-db/db/seed/user-data /var/lib/labnet/labs/web-and-db/db/ssh_host_ed25519_key.pub
chmod 0600 /var/lib/labnet/labs/web-and-db/db/seed/user-data
cat > /var/lib/labnet/labs/web-and-db/db/seed/meta-data <<'EOF'
# Who this VM is. A disk that has met one instance-id is configured; cloud-init does its work once per id.
instance-id: "web-and-db-db-90254031"
local-hostname: "db"
EOF
chmod 0600 /var/lib/labnet/labs/web-and-db/db/seed/meta-data
cat > /var/lib/labnet/labs/web-and-db/db/seed/network-config <<'EOF'
# The VM's one network card, in cloud-init's format 1: every release of cloud-init since 0.7 reads it.
version: 1
config:
  - type: "physical"
    # Matched by its name and not by its MAC address, "02:11:9d:e3:6e:9b": the disk also boots behind another card.
    name: "eth0"
    mtu: 1500
    subnets:
      - type: "static"
        address: "192.168.6.22/24"
        # The default route: the host's own address on the bridge.
        gateway: "192.168.6.10"
        dns_nameservers:
          - "198.51.100.53"
EOF
chmod 0600 /var/lib/labnet/labs/web-and-db/db/seed/network-config
: > /var/lib/labnet/labs/web-and-db/db/seed.iso
chmod 0600 /var/lib/labnet/labs/web-and-db/db/seed.iso
chown 1911324801:1911324801 /var/lib/labnet/labs/web-and-db/db/seed.iso
xorriso \
  -as mkisofs \
  -quiet \
  -o /var/lib/labnet/labs/web-and-db/db/seed.iso \
  -V cidata \
  -J \
  -R \
  -uid 0 \
  -gid 0 \
  --modification-date=2021081400000000 \
  --set_all_file_dates =1628899200 /var/lib/labnet/labs/web-and-db/db/seed
sync /var/lib/labnet/labs/web-and-db/db/seed.iso
rm -rf /var/lib/labnet/labs/web-and-db/db/seed

### NetworkManager

# unmanaged:br0: tells NetworkManager to leave br0 and its ports to labnet
mkdir --mode 755 /run/NetworkManager/conf.d || true
cat > /run/NetworkManager/conf.d/labnet-web-and-db.conf <<'EOF'
# labnet: the lab web-and-db
[device-labnet-web-and-db]
match-device=interface-name:br0;interface-name:tap0;interface-name:tap1;interface-name:labnet-526f400b
managed=0
EOF
chmod 0644 /run/NetworkManager/conf.d/labnet-web-and-db.conf
nmcli general reload conf

### Bridge

# bridge:br0: the switch that the VMs are plugged into; br0's address 192.168.6.10/24 is the host's own, and the guests' gateway
ip link add name br0 address 02:65:fc:07:bb:f2 mtu 1500 type bridge stp_state 0 forward_delay 0
ip link set dev br0 alias labnet:web-and-db
sysctl --ignore --quiet --write net.ipv6.conf.br0.disable_ipv6=1 net.ipv4.conf.br0.forwarding=1
ip address replace 192.168.6.10/24 dev br0
ip link set dev br0 up

### Taps

# tap:web: the VM's network cable: QEMU holds one end of tap0, the bridge br0 the other
ip tuntap add dev tap0 mode tap user 1911324800
ip link set dev tap0 alias labnet:web-and-db
sysctl --ignore --quiet --write net.ipv6.conf.tap0.disable_ipv6=1
ip link set dev tap0 mtu 1500 master br0 up

# tap:db: the VM's network cable: QEMU holds one end of tap1, the bridge br0 the other
ip tuntap add dev tap1 mode tap user 1911324801
ip link set dev tap1 alias labnet:web-and-db
sysctl --ignore --quiet --write net.ipv6.conf.tap1.disable_ipv6=1
ip link set dev tap1 mtu 1500 master br0 up

### Anti-spoofing

# anti-spoof:web: lets web send only under its own MAC and IPv4 address: it cannot pass for the gateway or for another VM
nft --file - <<'EOF'
create table netdev labnet_web_and_db_tap0 { comment "labnet:web-and-db"; }
table netdev labnet_web_and_db_tap0 {
  chain from_tap0 {
    type filter hook ingress device "tap0" priority filter; policy drop;
    ether saddr 02:49:6d:43:55:9e ip saddr 192.168.6.21 accept
    ether saddr 02:49:6d:43:55:9e arp saddr ether 02:49:6d:43:55:9e arp saddr ip { 0.0.0.0, 192.168.6.21 } accept
  }
}
EOF

# anti-spoof:db: lets db send only under its own MAC and IPv4 address: it cannot pass for the gateway or for another VM
nft --file - <<'EOF'
create table netdev labnet_web_and_db_tap1 { comment "labnet:web-and-db"; }
table netdev labnet_web_and_db_tap1 {
  chain from_tap1 {
    type filter hook ingress device "tap1" priority filter; policy drop;
    ether saddr 02:11:9d:e3:6e:9b ip saddr 192.168.6.22 accept
    ether saddr 02:11:9d:e3:6e:9b arp saddr ether 02:11:9d:e3:6e:9b arp saddr ip { 0.0.0.0, 192.168.6.22 } accept
  }
}
EOF

### Firewall

# firewall:labnet_web_and_db: lets the guests reach the outside through eth0 under the host's address (masquerade), and nobody reach them unasked
nft --file - <<'EOF'
create table inet labnet_web_and_db { comment "labnet:web-and-db"; }
table inet labnet_web_and_db {
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

### Docker

# docker-user:br0: lets the packets of br0 pass Docker, which drops all that is forwarded and not its own (docs.docker.com, "Packet filtering and firewalls")
iptables-nft -w -I DOCKER-USER -i br0 -m comment --comment labnet:web-and-db -j ACCEPT
iptables-nft -w -I DOCKER-USER -o br0 -m comment --comment labnet:web-and-db -j ACCEPT

### Forwarding

# forwarding:uplink: makes the host a router for what comes in by the bridge or by eth0, and by no other interface
sysctl net.ipv4.conf.eth0.forwarding > /run/labnet/settings.conf
sysctl --quiet --write net.ipv4.conf.eth0.forwarding=1

### Canary

# namespace:canary: stands in for web while the way out is tried
: > /run/labnet/web-and-db/canary.ns
chmod 0600 /run/labnet/web-and-db/canary.ns
unshare --net=/run/labnet/web-and-db/canary.ns -- ip link set dev lo up

# canary:br0: tries, as 192.168.6.21/24 and before any VM boots, whether packets reach the host and the outside
ip link add dev labnet-526f400b type veth peer name eth0 netns /run/labnet/web-and-db/canary.ns
ip link set dev labnet-526f400b alias labnet:web-and-db
sysctl --ignore --quiet --write net.ipv6.conf.labnet-526f400b.disable_ipv6=1
ip link set dev labnet-526f400b mtu 1500 master br0 up
nsenter --net=/run/labnet/web-and-db/canary.ns -- ip -batch - <<'EOF'
link set dev eth0 address 02:49:6d:43:55:9e mtu 1500 up
address add 192.168.6.21/24 dev eth0
route add default via 192.168.6.10
EOF

# Does it get there? Where it does not, labnet follows its packets (nft monitor trace) and names the rule.
nsenter --net=/run/labnet/web-and-db/canary.ns -- ping -n -q -c 1 -i 0.2 -w 1 192.168.6.10
nsenter --net=/run/labnet/web-and-db/canary.ns -- ping -n -q -c 1 -i 0.2 -w 1 198.51.100.1 || true
nsenter \
  --net=/run/labnet/web-and-db/canary.ns \
  -- /usr/bin/node /usr/lib/labnet/dist/cli.js reach 1 www.debian.org 443 0 198.51.100.53 || true

# All of it goes before the machines come.
ip link delete dev labnet-526f400b
umount /run/labnet/web-and-db/canary.ns
rm -rf /run/labnet/web-and-db/canary.ns

### Machines

# machine:web: the VM web itself: QEMU with 1 CPUs and 512 MiB, without any right of root
: > /var/lib/labnet/labs/web-and-db/web/console.log
chmod 0600 /var/lib/labnet/labs/web-and-db/web/console.log
chown 1911324800:1911324800 /var/lib/labnet/labs/web-and-db/web/console.log
rm -rf /run/labnet/web-and-db/web/qmp.sock
install -d -m 0700 -o 0 -g 0 /run/labnet/web-and-db/web.view
coproc VIEW { exec unshare --mount --propagation slave cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mount \
  -t tmpfs \
  -o mode=0755,size=64k tmpfs /run/labnet/web-and-db/web.view
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mkdir \
  --mode=0755 /run/labnet/web-and-db/web.view/etc /run/labnet/web-and-db/web.view/dev /run/labnet/web-and-db/web.view/dev/net /run/labnet/web-and-db/web.view/usr /run/labnet/web-and-db/web.view/proc /run/labnet/web-and-db/web.view/run /run/labnet/web-and-db/web.view/run/labnet /run/labnet/web-and-db/web.view/run/labnet/web-and-db /run/labnet/web-and-db/web.view/run/labnet/web-and-db/web /run/labnet/web-and-db/web.view/var /run/labnet/web-and-db/web.view/var/lib /run/labnet/web-and-db/web.view/var/lib/labnet /run/labnet/web-and-db/web.view/var/lib/labnet/images /run/labnet/web-and-db/web.view/var/lib/labnet/labs /run/labnet/web-and-db/web.view/var/lib/labnet/labs/web-and-db /run/labnet/web-and-db/web.view/var/lib/labnet/labs/web-and-db/web
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- ln \
  --symbolic usr/bin usr/sbin usr/lib usr/lib64 /run/labnet/web-and-db/web.view
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- touch /run/labnet/web-and-db/web.view/etc/ld.so.cache /run/labnet/web-and-db/web.view/dev/null /run/labnet/web-and-db/web.view/dev/zero /run/labnet/web-and-db/web.view/dev/random /run/labnet/web-and-db/web.view/dev/urandom /run/labnet/web-and-db/web.view/dev/kvm /run/labnet/web-and-db/web.view/dev/net/tun
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- tee /run/labnet/web-and-db/web.view/etc/fstab <<'EOF'
/usr /run/labnet/web-and-db/web.view/usr none rbind 0 0
/proc /run/labnet/web-and-db/web.view/proc none rbind 0 0
/etc/ld.so.cache /run/labnet/web-and-db/web.view/etc/ld.so.cache none bind 0 0
/dev/null /run/labnet/web-and-db/web.view/dev/null none bind 0 0
/dev/zero /run/labnet/web-and-db/web.view/dev/zero none bind 0 0
/dev/random /run/labnet/web-and-db/web.view/dev/random none bind 0 0
/dev/urandom /run/labnet/web-and-db/web.view/dev/urandom none bind 0 0
/dev/kvm /run/labnet/web-and-db/web.view/dev/kvm none bind 0 0
/dev/net/tun /run/labnet/web-and-db/web.view/dev/net/tun none bind 0 0
/run/labnet/web-and-db/web /run/labnet/web-and-db/web.view/run/labnet/web-and-db/web none bind 0 0
/var/lib/labnet/images /run/labnet/web-and-db/web.view/var/lib/labnet/images none bind 0 0
/var/lib/labnet/labs/web-and-db/web /run/labnet/web-and-db/web.view/var/lib/labnet/labs/web-and-db/web none bind 0 0
EOF
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mount --all --fstab /run/labnet/web-and-db/web.view/etc/fstab
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mount \
  -o remount,bind,ro /run/labnet/web-and-db/web.view/var/lib/labnet/images
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mount -o remount,bind,ro /run/labnet/web-and-db/web.view
setsid nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- unshare \
  --root=/run/labnet/web-and-db/web.view \
  -- setpriv \
  --reuid 1911324800 \
  --regid 1911324800 \
  --groups 106 \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - /var/lib/labnet/labs/web-and-db/web/console.log 021b2111-ef60-8121-8fc0-c0a06cd33727 qemu-system-x86_64 \
  -name labnet-web-and-db-web \
  -uuid 021b2111-ef60-8121-8fc0-c0a06cd33727 \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine pc \
  -accel kvm \
  -cpu host \
  -smp 1 \
  -m 512 \
  -display none \
  -machine graphics=off \
  -rtc base=utc,clock=host,driftfix=slew \
  -msg timestamp=on \
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=/var/lib/labnet/labs/web-and-db/web/sda-web.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2,bootindex=0 \
  -drive if=none,id=seed,readonly=on,format=raw,file=/var/lib/labnet/labs/web-and-db/web/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=tap0,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:49:6d:43:55:9e,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=/run/labnet/web-and-db/web/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -chardev socket,id=channel,path=/run/labnet/web-and-db/web/channel.sock,server=on,wait=off \
  -device virtio-serial-pci,max_ports=2,addr=7 \
  -device virtserialport,chardev=channel,name=labnet.reach \
  -qmp unix:/run/labnet/web-and-db/web/qmp.sock,server=on,wait=off <<< "$keep_console" >> /var/lib/labnet/labs/web-and-db/web/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e /run/labnet/web-and-db/web/qmp.sock ]; do sleep 0.1; done'
kill "$VIEW_PID"

# machine:db: the VM db itself: QEMU with 1 CPUs and 512 MiB, without any right of root
: > /var/lib/labnet/labs/web-and-db/db/console.log
chmod 0600 /var/lib/labnet/labs/web-and-db/db/console.log
chown 1911324801:1911324801 /var/lib/labnet/labs/web-and-db/db/console.log
rm -rf /run/labnet/web-and-db/db/qmp.sock
install -d -m 0700 -o 0 -g 0 /run/labnet/web-and-db/db.view
coproc VIEW { exec unshare --mount --propagation slave cat; }
echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mount \
  -t tmpfs \
  -o mode=0755,size=64k tmpfs /run/labnet/web-and-db/db.view
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mkdir \
  --mode=0755 /run/labnet/web-and-db/db.view/etc /run/labnet/web-and-db/db.view/dev /run/labnet/web-and-db/db.view/dev/net /run/labnet/web-and-db/db.view/usr /run/labnet/web-and-db/db.view/proc /run/labnet/web-and-db/db.view/run /run/labnet/web-and-db/db.view/run/labnet /run/labnet/web-and-db/db.view/run/labnet/web-and-db /run/labnet/web-and-db/db.view/run/labnet/web-and-db/db /run/labnet/web-and-db/db.view/var /run/labnet/web-and-db/db.view/var/lib /run/labnet/web-and-db/db.view/var/lib/labnet /run/labnet/web-and-db/db.view/var/lib/labnet/images /run/labnet/web-and-db/db.view/var/lib/labnet/labs /run/labnet/web-and-db/db.view/var/lib/labnet/labs/web-and-db /run/labnet/web-and-db/db.view/var/lib/labnet/labs/web-and-db/db
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- ln \
  --symbolic usr/bin usr/sbin usr/lib usr/lib64 /run/labnet/web-and-db/db.view
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- touch /run/labnet/web-and-db/db.view/etc/ld.so.cache /run/labnet/web-and-db/db.view/dev/null /run/labnet/web-and-db/db.view/dev/zero /run/labnet/web-and-db/db.view/dev/random /run/labnet/web-and-db/db.view/dev/urandom /run/labnet/web-and-db/db.view/dev/kvm /run/labnet/web-and-db/db.view/dev/net/tun
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- tee /run/labnet/web-and-db/db.view/etc/fstab <<'EOF'
/usr /run/labnet/web-and-db/db.view/usr none rbind 0 0
/proc /run/labnet/web-and-db/db.view/proc none rbind 0 0
/etc/ld.so.cache /run/labnet/web-and-db/db.view/etc/ld.so.cache none bind 0 0
/dev/null /run/labnet/web-and-db/db.view/dev/null none bind 0 0
/dev/zero /run/labnet/web-and-db/db.view/dev/zero none bind 0 0
/dev/random /run/labnet/web-and-db/db.view/dev/random none bind 0 0
/dev/urandom /run/labnet/web-and-db/db.view/dev/urandom none bind 0 0
/dev/kvm /run/labnet/web-and-db/db.view/dev/kvm none bind 0 0
/dev/net/tun /run/labnet/web-and-db/db.view/dev/net/tun none bind 0 0
/run/labnet/web-and-db/db /run/labnet/web-and-db/db.view/run/labnet/web-and-db/db none bind 0 0
/var/lib/labnet/images /run/labnet/web-and-db/db.view/var/lib/labnet/images none bind 0 0
/var/lib/labnet/labs/web-and-db/db /run/labnet/web-and-db/db.view/var/lib/labnet/labs/web-and-db/db none bind 0 0
EOF
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mount --all --fstab /run/labnet/web-and-db/db.view/etc/fstab
nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- mount \
  -o remount,bind,ro /run/labnet/web-and-db/db.view/var/lib/labnet/images
nsenter "--mount=/proc/$VIEW_PID/ns/mnt" -- mount -o remount,bind,ro /run/labnet/web-and-db/db.view
setsid nsenter \
  "--mount=/proc/$VIEW_PID/ns/mnt" \
  -- unshare \
  --root=/run/labnet/web-and-db/db.view \
  -- setpriv \
  --reuid 1911324801 \
  --regid 1911324801 \
  --groups 106 \
  --inh-caps=-all \
  --bounding-set=-all \
  --no-new-privs \
  -- perl \
  - /var/lib/labnet/labs/web-and-db/db/console.log e5a1b066-3d6b-815b-8128-8226447d7085 qemu-system-x86_64 \
  -name labnet-web-and-db-db \
  -uuid e5a1b066-3d6b-815b-8128-8226447d7085 \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine pc \
  -accel kvm \
  -cpu host \
  -smp 1 \
  -m 512 \
  -display none \
  -machine graphics=off \
  -rtc base=utc,clock=host,driftfix=slew \
  -msg timestamp=on \
  -drive if=none,id=disk,format=qcow2,discard=unmap,file=/var/lib/labnet/labs/web-and-db/db/sda-db.qcow2 \
  -device virtio-blk-pci,drive=disk,addr=2,bootindex=0 \
  -drive if=none,id=seed,readonly=on,format=raw,file=/var/lib/labnet/labs/web-and-db/db/seed.iso \
  -device virtio-blk-pci,drive=seed,addr=6 \
  -netdev tap,id=net0,ifname=tap1,script=no,downscript=no \
  -device virtio-net-pci,netdev=net0,mac=02:11:9d:e3:6e:9b,romfile=,addr=9 \
  -device virtio-rng-pci,addr=5 \
  -chardev socket,id=console,path=/run/labnet/web-and-db/db/console.sock,server=on,wait=off,logfile=/proc/self/fd/0,logappend=on \
  -serial chardev:console \
  -chardev socket,id=channel,path=/run/labnet/web-and-db/db/channel.sock,server=on,wait=off \
  -device virtio-serial-pci,max_ports=2,addr=7 \
  -device virtserialport,chardev=channel,name=labnet.reach \
  -qmp unix:/run/labnet/web-and-db/db/qmp.sock,server=on,wait=off <<< "$keep_console" >> /var/lib/labnet/labs/web-and-db/db/qemu.log 2>&1 &
timeout 30 bash -c 'until [ -e /run/labnet/web-and-db/db/qmp.sock ]; do sleep 0.1; done'
kill "$VIEW_PID"
