#!/usr/bin/env bash
# What labnet does to remove the lab web-and-db; what is gone already may be complained about, and is no harm.
set -u

# machine:db
pkill --uid 1911324801 --full e5a1b066-3d6b-815b-8128-8226447d7085 || true
rm -rf /run/labnet/web-and-db/db/qmp.sock
rm -rf /run/labnet/web-and-db/db/console.sock
rm -rf /run/labnet/web-and-db/db/channel.sock
rm -rf /run/labnet/web-and-db/db.view

# machine:web
pkill --uid 1911324800 --full 021b2111-ef60-8121-8fc0-c0a06cd33727 || true
rm -rf /run/labnet/web-and-db/web/qmp.sock
rm -rf /run/labnet/web-and-db/web/console.sock
rm -rf /run/labnet/web-and-db/web/channel.sock
rm -rf /run/labnet/web-and-db/web.view

# forwarding:uplink
sysctl --quiet --load /run/labnet/settings.conf
rm -f /run/labnet/settings.conf

# docker-user:br0
iptables-nft -w -D DOCKER-USER -i br0 -m comment --comment labnet:web-and-db -j ACCEPT
iptables-nft -w -D DOCKER-USER -o br0 -m comment --comment labnet:web-and-db -j ACCEPT

# firewall:labnet_web_and_db
nft delete table inet labnet_web_and_db

# anti-spoof:db
nft delete table netdev labnet_web_and_db_tap1

# anti-spoof:web
nft delete table netdev labnet_web_and_db_tap0

# tap:db
ip link delete dev tap1

# tap:web
ip link delete dev tap0

# bridge:br0
ip link delete dev br0

# unmanaged:br0
rm -rf /run/NetworkManager/conf.d/labnet-web-and-db.conf
rmdir --ignore-fail-on-non-empty /run/NetworkManager/conf.d
nmcli general reload conf || true
rmdir --ignore-fail-on-non-empty /run/NetworkManager/conf.d
nmcli general reload conf || true

# seed:db
rm -rf /var/lib/labnet/labs/web-and-db/db/seed
rm -rf /var/lib/labnet/labs/web-and-db/db/seed.iso

# overlay:db
rm -rf /var/lib/labnet/labs/web-and-db/db/sda-db.qcow2

# seed:web
rm -rf /var/lib/labnet/labs/web-and-db/web/seed
rm -rf /var/lib/labnet/labs/web-and-db/web/seed.iso

# overlay:web
rm -rf /var/lib/labnet/labs/web-and-db/web/sda-web.qcow2

# text-file:known_hosts
rm -rf /var/lib/labnet/labs/web-and-db/known_hosts

# password:db
rm -rf /var/lib/labnet/labs/web-and-db/db/password

# key-pair:db
rm -rf /var/lib/labnet/labs/web-and-db/db/ssh_host_ed25519_key
rm -rf /var/lib/labnet/labs/web-and-db/db/ssh_host_ed25519_key.pub

# password:web
rm -rf /var/lib/labnet/labs/web-and-db/web/password

# key-pair:web
rm -rf /var/lib/labnet/labs/web-and-db/web/ssh_host_ed25519_key
rm -rf /var/lib/labnet/labs/web-and-db/web/ssh_host_ed25519_key.pub

# key-pair:id_ed25519
rm -rf /var/lib/labnet/labs/web-and-db/id_ed25519
rm -rf /var/lib/labnet/labs/web-and-db/id_ed25519.pub

# directory:db.run
rm -rf /run/labnet/web-and-db/db/qmp.sock
rm -rf /run/labnet/web-and-db/db/console.sock
rm -rf /run/labnet/web-and-db/db/channel.sock
rm -rf /run/labnet/web-and-db/db/save.sock
rmdir --ignore-fail-on-non-empty /run/labnet/web-and-db/db

# directory:db
rm -rf /var/lib/labnet/labs/web-and-db/db/console.log
rm -rf /var/lib/labnet/labs/web-and-db/db/qemu.log
rmdir --ignore-fail-on-non-empty /var/lib/labnet/labs/web-and-db/db

# directory:web.run
rm -rf /run/labnet/web-and-db/web/qmp.sock
rm -rf /run/labnet/web-and-db/web/console.sock
rm -rf /run/labnet/web-and-db/web/channel.sock
rm -rf /run/labnet/web-and-db/web/save.sock
rmdir --ignore-fail-on-non-empty /run/labnet/web-and-db/web

# directory:web
rm -rf /var/lib/labnet/labs/web-and-db/web/console.log
rm -rf /var/lib/labnet/labs/web-and-db/web/qemu.log
rmdir --ignore-fail-on-non-empty /var/lib/labnet/labs/web-and-db/web

# directory:run.lab
rm -rf /run/labnet/web-and-db/web.view
rm -rf /run/labnet/web-and-db/db.view
rmdir --ignore-fail-on-non-empty /run/labnet/web-and-db
