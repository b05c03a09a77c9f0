#!/usr/bin/env bash
# What labnet does to remove the lab lab; what is gone already may be complained about, and is no harm.
set -u

# machine:vm2
pkill --uid 1901763585 --full 52690695-21bf-86e8-875b-df667383e147 || true
rm -rf /run/labnet/lab/vm2/qmp.sock
rm -rf /run/labnet/lab/vm2/console.sock
rm -rf /run/labnet/lab/vm2/channel.sock
rm -rf /run/labnet/lab/vm2.view

# machine:vm1
pkill --uid 1901763584 --full 5b46ba02-41c3-8123-86a7-7e2f75da95f1 || true
rm -rf /run/labnet/lab/vm1/qmp.sock
rm -rf /run/labnet/lab/vm1/console.sock
rm -rf /run/labnet/lab/vm1/channel.sock
rm -rf /run/labnet/lab/vm1.view

# forwarding:uplink
nsenter --net=/run/labnet/lab/host.ns -- sysctl --quiet --load /run/labnet/lab/settings.conf
rm -f /run/labnet/lab/settings.conf

# firewall:labnet_lab
nsenter --net=/run/labnet/lab/host.ns -- nft delete table inet labnet_lab

# anti-spoof:vm2
nsenter --net=/run/labnet/lab/host.ns -- nft delete table netdev labnet_lab_tap1

# anti-spoof:vm1
nsenter --net=/run/labnet/lab/host.ns -- nft delete table netdev labnet_lab_tap0

# tap:vm2
nsenter --net=/run/labnet/lab/host.ns -- ip link delete dev tap1

# tap:vm1
nsenter --net=/run/labnet/lab/host.ns -- ip link delete dev tap0

# bridge:br0
nsenter --net=/run/labnet/lab/host.ns -- ip link delete dev br0

# seed:vm2
rm -rf /var/lib/labnet/labs/lab/vm2/seed
rm -rf /var/lib/labnet/labs/lab/vm2/seed.iso

# overlay:vm2
rm -rf /var/lib/labnet/labs/lab/vm2/sda-vm2.qcow2

# seed:vm1
rm -rf /var/lib/labnet/labs/lab/vm1/seed
rm -rf /var/lib/labnet/labs/lab/vm1/seed.iso

# overlay:vm1
rm -rf /var/lib/labnet/labs/lab/vm1/sda-vm1.qcow2

# text-file:known_hosts
rm -rf /var/lib/labnet/labs/lab/known_hosts

# password:vm2
rm -rf /var/lib/labnet/labs/lab/vm2/password

# key-pair:vm2
rm -rf /var/lib/labnet/labs/lab/vm2/ssh_host_ed25519_key
rm -rf /var/lib/labnet/labs/lab/vm2/ssh_host_ed25519_key.pub

# password:vm1
rm -rf /var/lib/labnet/labs/lab/vm1/password

# key-pair:vm1
rm -rf /var/lib/labnet/labs/lab/vm1/ssh_host_ed25519_key
rm -rf /var/lib/labnet/labs/lab/vm1/ssh_host_ed25519_key.pub

# key-pair:id_ed25519
rm -rf /var/lib/labnet/labs/lab/id_ed25519
rm -rf /var/lib/labnet/labs/lab/id_ed25519.pub

# internet:server
pkill --uid 1901763704 --full b97b4ef8-290d-8bd7-8015-215eca28c5d0 || true
rm -rf /run/labnet/lab/internet/ready
rm -rf /run/labnet/lab/internet/internet.log

# veth:uplink
nsenter --net=/run/labnet/lab/host.ns -- ip link delete dev eth0

# directory:internet
rm -rf /run/labnet/lab/internet/internet.log
rm -rf /run/labnet/lab/internet/ready
rmdir --ignore-fail-on-non-empty /run/labnet/lab/internet

# namespace:internet
umount /run/labnet/lab/internet.ns
rm -rf /run/labnet/lab/internet.ns

# namespace:host
umount /run/labnet/lab/host.ns
rm -rf /run/labnet/lab/host.ns

# directory:vm2.run
rm -rf /run/labnet/lab/vm2/qmp.sock
rm -rf /run/labnet/lab/vm2/console.sock
rm -rf /run/labnet/lab/vm2/channel.sock
rm -rf /run/labnet/lab/vm2/save.sock
rmdir --ignore-fail-on-non-empty /run/labnet/lab/vm2

# directory:vm2
rm -rf /var/lib/labnet/labs/lab/vm2/console.log
rm -rf /var/lib/labnet/labs/lab/vm2/qemu.log
rmdir --ignore-fail-on-non-empty /var/lib/labnet/labs/lab/vm2

# directory:vm1.run
rm -rf /run/labnet/lab/vm1/qmp.sock
rm -rf /run/labnet/lab/vm1/console.sock
rm -rf /run/labnet/lab/vm1/channel.sock
rm -rf /run/labnet/lab/vm1/save.sock
rmdir --ignore-fail-on-non-empty /run/labnet/lab/vm1

# directory:vm1
rm -rf /var/lib/labnet/labs/lab/vm1/console.log
rm -rf /var/lib/labnet/labs/lab/vm1/qemu.log
rmdir --ignore-fail-on-non-empty /var/lib/labnet/labs/lab/vm1

# directory:run.lab
rm -rf /run/labnet/lab/vm1.view
rm -rf /run/labnet/lab/vm2.view
rmdir --ignore-fail-on-non-empty /run/labnet/lab
