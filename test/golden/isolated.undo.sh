#!/usr/bin/env bash
# What labnet does to remove the lab isolated; what is gone already may be complained about, and is no harm.
set -u

# machine:blue
pkill --uid 1902144130 --full d2dff87a-96ff-8e3b-8109-c0816365d878 || true
rm -rf /run/labnet/isolated/blue/qmp.sock
rm -rf /run/labnet/isolated/blue/console.sock
rm -rf /run/labnet/isolated/blue/channel.sock
rm -rf /run/labnet/isolated/blue.view

# machine:green
pkill --uid 1902144129 --full 2dbed5e3-233b-8a9e-8725-5e51ceef13ba || true
rm -rf /run/labnet/isolated/green/qmp.sock
rm -rf /run/labnet/isolated/green/console.sock
rm -rf /run/labnet/isolated/green/channel.sock
rm -rf /run/labnet/isolated/green.view

# machine:red
pkill --uid 1902144128 --full 560af3b4-7687-844e-8af5-6f23cfae82a1 || true
rm -rf /run/labnet/isolated/red/qmp.sock
rm -rf /run/labnet/isolated/red/console.sock
rm -rf /run/labnet/isolated/red/channel.sock
rm -rf /run/labnet/isolated/red.view

# firewall:labnet_isolated
nft delete table inet labnet_isolated

# anti-spoof:blue
nft delete table netdev labnet_isolated_iso2

# anti-spoof:green
nft delete table netdev labnet_isolated_iso1

# anti-spoof:red
nft delete table netdev labnet_isolated_iso0

# tap:blue
ip link delete dev iso2

# tap:green
ip link delete dev iso1

# tap:red
ip link delete dev iso0

# bridge:br7
ip link delete dev br7

# seed:blue
rm -rf /var/lib/labnet/labs/isolated/blue/seed
rm -rf /var/lib/labnet/labs/isolated/blue/seed.iso

# overlay:blue
rm -rf /var/lib/labnet/labs/isolated/blue/sda-blue.qcow2

# seed:green
rm -rf /var/lib/labnet/labs/isolated/green/seed
rm -rf /var/lib/labnet/labs/isolated/green/seed.iso

# overlay:green
rm -rf /var/lib/labnet/labs/isolated/green/sda-green.qcow2

# seed:red
rm -rf /var/lib/labnet/labs/isolated/red/seed
rm -rf /var/lib/labnet/labs/isolated/red/seed.iso

# overlay:red
rm -rf /var/lib/labnet/labs/isolated/red/sda-red.qcow2

# text-file:known_hosts
rm -rf /var/lib/labnet/labs/isolated/known_hosts

# password:blue
rm -rf /var/lib/labnet/labs/isolated/blue/password

# key-pair:blue
rm -rf /var/lib/labnet/labs/isolated/blue/ssh_host_ed25519_key
rm -rf /var/lib/labnet/labs/isolated/blue/ssh_host_ed25519_key.pub

# password:green
rm -rf /var/lib/labnet/labs/isolated/green/password

# key-pair:green
rm -rf /var/lib/labnet/labs/isolated/green/ssh_host_ed25519_key
rm -rf /var/lib/labnet/labs/isolated/green/ssh_host_ed25519_key.pub

# password:red
rm -rf /var/lib/labnet/labs/isolated/red/password

# key-pair:red
rm -rf /var/lib/labnet/labs/isolated/red/ssh_host_ed25519_key
rm -rf /var/lib/labnet/labs/isolated/red/ssh_host_ed25519_key.pub

# key-pair:id_ed25519
rm -rf /var/lib/labnet/labs/isolated/id_ed25519
rm -rf /var/lib/labnet/labs/isolated/id_ed25519.pub

# directory:blue.run
rm -rf /run/labnet/isolated/blue/qmp.sock
rm -rf /run/labnet/isolated/blue/console.sock
rm -rf /run/labnet/isolated/blue/channel.sock
rm -rf /run/labnet/isolated/blue/save.sock
rmdir --ignore-fail-on-non-empty /run/labnet/isolated/blue

# directory:blue
rm -rf /var/lib/labnet/labs/isolated/blue/console.log
rm -rf /var/lib/labnet/labs/isolated/blue/qemu.log
rmdir --ignore-fail-on-non-empty /var/lib/labnet/labs/isolated/blue

# directory:green.run
rm -rf /run/labnet/isolated/green/qmp.sock
rm -rf /run/labnet/isolated/green/console.sock
rm -rf /run/labnet/isolated/green/channel.sock
rm -rf /run/labnet/isolated/green/save.sock
rmdir --ignore-fail-on-non-empty /run/labnet/isolated/green

# directory:green
rm -rf /var/lib/labnet/labs/isolated/green/console.log
rm -rf /var/lib/labnet/labs/isolated/green/qemu.log
rmdir --ignore-fail-on-non-empty /var/lib/labnet/labs/isolated/green

# directory:red.run
rm -rf /run/labnet/isolated/red/qmp.sock
rm -rf /run/labnet/isolated/red/console.sock
rm -rf /run/labnet/isolated/red/channel.sock
rm -rf /run/labnet/isolated/red/save.sock
rmdir --ignore-fail-on-non-empty /run/labnet/isolated/red

# directory:red
rm -rf /var/lib/labnet/labs/isolated/red/console.log
rm -rf /var/lib/labnet/labs/isolated/red/qemu.log
rmdir --ignore-fail-on-non-empty /var/lib/labnet/labs/isolated/red

# directory:run.lab
rm -rf /run/labnet/isolated/red.view
rm -rf /run/labnet/isolated/green.view
rm -rf /run/labnet/isolated/blue.view
rmdir --ignore-fail-on-non-empty /run/labnet/isolated
