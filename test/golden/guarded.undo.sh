#!/usr/bin/env bash
# What labnet does to remove the lab guarded; what is gone already may be complained about, and is no harm.
set -u

# machine:vm1
pkill --uid 1906912384 --full 2cb18392-c811-8ab6-847c-1dbaf4158433 || true
rm -rf /run/labnet/guarded/vm1/qmp.sock
rm -rf /run/labnet/guarded/vm1/console.sock
rm -rf /run/labnet/guarded/vm1/channel.sock
rm -rf /run/labnet/guarded/vm1.view

# forwarding:uplink
sysctl --quiet --load /run/labnet/settings.conf
rm -f /run/labnet/settings.conf

# firewall:labnet_guarded
nft delete table inet labnet_guarded

# anti-spoof:vm1
nft delete table netdev labnet_guarded_tap0

# tap:vm1
ip link delete dev tap0

# bridge:br0
ip link delete dev br0

# seed:vm1
rm -rf /var/lib/labnet/labs/guarded/vm1/seed
rm -rf /var/lib/labnet/labs/guarded/vm1/seed.iso

# overlay:vm1
rm -rf /var/lib/labnet/labs/guarded/vm1/sda-vm1.qcow2

# text-file:known_hosts
rm -rf /var/lib/labnet/labs/guarded/known_hosts

# password:vm1
rm -rf /var/lib/labnet/labs/guarded/vm1/password

# key-pair:vm1
rm -rf /var/lib/labnet/labs/guarded/vm1/ssh_host_ed25519_key
rm -rf /var/lib/labnet/labs/guarded/vm1/ssh_host_ed25519_key.pub

# key-pair:id_ed25519
rm -rf /var/lib/labnet/labs/guarded/id_ed25519
rm -rf /var/lib/labnet/labs/guarded/id_ed25519.pub

# directory:vm1.run
rm -rf /run/labnet/guarded/vm1/qmp.sock
rm -rf /run/labnet/guarded/vm1/console.sock
rm -rf /run/labnet/guarded/vm1/channel.sock
rm -rf /run/labnet/guarded/vm1/save.sock
rmdir --ignore-fail-on-non-empty /run/labnet/guarded/vm1

# directory:vm1
rm -rf /var/lib/labnet/labs/guarded/vm1/console.log
rm -rf /var/lib/labnet/labs/guarded/vm1/qemu.log
rmdir --ignore-fail-on-non-empty /var/lib/labnet/labs/guarded/vm1

# directory:run.lab
rm -rf /run/labnet/guarded/vm1.view
rmdir --ignore-fail-on-non-empty /run/labnet/guarded
