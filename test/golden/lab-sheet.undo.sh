#!/usr/bin/env bash
# What labnet does to remove the lab lab-sheet; what is gone already may be complained about, and is no harm.
set -u

# machine:vm2
pkill --uid 1905360513 --full 4258654f-b993-8109-8555-0fad2c4b0f8b || true
rm -rf /run/labnet/lab-sheet/vm2/qmp.sock
rm -rf /run/labnet/lab-sheet/vm2/console.sock
rm -rf /run/labnet/lab-sheet/vm2/channel.sock
rm -rf /run/labnet/lab-sheet/vm2.view

# machine:vm1
pkill --uid 1905360512 --full f805d981-7c97-86a4-805c-8894098f80f2 || true
rm -rf /run/labnet/lab-sheet/vm1/qmp.sock
rm -rf /run/labnet/lab-sheet/vm1/console.sock
rm -rf /run/labnet/lab-sheet/vm1/channel.sock
rm -rf /run/labnet/lab-sheet/vm1.view

# forwarding:uplink
sysctl --quiet --load /run/labnet/settings.conf
rm -f /run/labnet/settings.conf

# firewall:labnet_lab_sheet
nft delete table inet labnet_lab_sheet

# anti-spoof:vm2
nft delete table netdev labnet_lab_sheet_tap1

# anti-spoof:vm1
nft delete table netdev labnet_lab_sheet_tap0

# tap:vm2
ip link delete dev tap1

# tap:vm1
ip link delete dev tap0

# bridge:br0
ip link delete dev br0

# seed:vm2
rm -rf /var/lib/labnet/labs/lab-sheet/vm2/seed
rm -rf /var/lib/labnet/labs/lab-sheet/vm2/seed.iso

# overlay:vm2
rm -rf /var/lib/labnet/labs/lab-sheet/vm2/sda-vm2.qcow2

# seed:vm1
rm -rf /var/lib/labnet/labs/lab-sheet/vm1/seed
rm -rf /var/lib/labnet/labs/lab-sheet/vm1/seed.iso

# overlay:vm1
rm -rf /var/lib/labnet/labs/lab-sheet/vm1/sda-vm1.qcow2

# text-file:known_hosts
rm -rf /var/lib/labnet/labs/lab-sheet/known_hosts

# password:vm2
rm -rf /var/lib/labnet/labs/lab-sheet/vm2/password

# key-pair:vm2
rm -rf /var/lib/labnet/labs/lab-sheet/vm2/ssh_host_ed25519_key
rm -rf /var/lib/labnet/labs/lab-sheet/vm2/ssh_host_ed25519_key.pub

# password:vm1
rm -rf /var/lib/labnet/labs/lab-sheet/vm1/password

# key-pair:vm1
rm -rf /var/lib/labnet/labs/lab-sheet/vm1/ssh_host_ed25519_key
rm -rf /var/lib/labnet/labs/lab-sheet/vm1/ssh_host_ed25519_key.pub

# key-pair:id_ed25519
rm -rf /var/lib/labnet/labs/lab-sheet/id_ed25519
rm -rf /var/lib/labnet/labs/lab-sheet/id_ed25519.pub

# directory:vm2.run
rm -rf /run/labnet/lab-sheet/vm2/qmp.sock
rm -rf /run/labnet/lab-sheet/vm2/console.sock
rm -rf /run/labnet/lab-sheet/vm2/channel.sock
rm -rf /run/labnet/lab-sheet/vm2/save.sock
rmdir --ignore-fail-on-non-empty /run/labnet/lab-sheet/vm2

# directory:vm2
rm -rf /var/lib/labnet/labs/lab-sheet/vm2/console.log
rm -rf /var/lib/labnet/labs/lab-sheet/vm2/qemu.log
rmdir --ignore-fail-on-non-empty /var/lib/labnet/labs/lab-sheet/vm2

# directory:vm1.run
rm -rf /run/labnet/lab-sheet/vm1/qmp.sock
rm -rf /run/labnet/lab-sheet/vm1/console.sock
rm -rf /run/labnet/lab-sheet/vm1/channel.sock
rm -rf /run/labnet/lab-sheet/vm1/save.sock
rmdir --ignore-fail-on-non-empty /run/labnet/lab-sheet/vm1

# directory:vm1
rm -rf /var/lib/labnet/labs/lab-sheet/vm1/console.log
rm -rf /var/lib/labnet/labs/lab-sheet/vm1/qemu.log
rmdir --ignore-fail-on-non-empty /var/lib/labnet/labs/lab-sheet/vm1

# directory:run.lab
rm -rf /run/labnet/lab-sheet/vm1.view
rm -rf /run/labnet/lab-sheet/vm2.view
rmdir --ignore-fail-on-non-empty /run/labnet/lab-sheet
