#!/usr/bin/env bash
set -euo pipefail
umask 077

mkdir -p @CACHE@/states/@KEY@
install -m 0600 @STATE@/labs/clones/id_ed25519 @CACHE@/states/@KEY@/id_ed25519.key
install -m 0600 @STATE@/labs/clones/id_ed25519.pub @CACHE@/states/@KEY@/id_ed25519.key.pub
install -m 0600 @STATE@/labs/clones/two/sda-two.qcow2 @CACHE@/states/@KEY@/one.disk
install -m 0600 @STATE@/labs/clones/one/ssh_host_ed25519_key @CACHE@/states/@KEY@/one.key
install -m 0600 @STATE@/labs/clones/one/ssh_host_ed25519_key.pub @CACHE@/states/@KEY@/one.key.pub
printf 'QEVM of a stand-in\n{"reached": "ready", "who": "clones-one-edb28bc3", "cpus": [0, 1], "begun": [], "ended": [], "memory": "229aa959383c1596f716b44aae951e5d", "digest": 3263306212}%65536s\nend of the state' > @CACHE@/states/@KEY@/one.memory
install -m 0600 @STATE@/labs/clones/one/console.log @CACHE@/states/@KEY@/one.memory.console
install -m 0600 @STATE@/labs/clones/one/password @CACHE@/states/@KEY@/one.password
install -m 0600 @STATE@/labs/clones/one/seed.iso @CACHE@/states/@KEY@/one.seed
install -m 0600 @STATE@/labs/clones/two/sda-two.qcow2 @CACHE@/states/@KEY@/two.disk
install -m 0600 @STATE@/labs/clones/two/ssh_host_ed25519_key @CACHE@/states/@KEY@/two.key
install -m 0600 @STATE@/labs/clones/two/ssh_host_ed25519_key.pub @CACHE@/states/@KEY@/two.key.pub
printf 'QEVM of a stand-in\n{"reached": "ready", "who": "clones-two-4a4b7796", "cpus": [0, 1], "begun": [], "ended": [], "memory": "229aa959383c1596f716b44aae951e5d", "digest": 3263306212}%65536s\nend of the state' > @CACHE@/states/@KEY@/two.memory
install -m 0600 @STATE@/labs/clones/two/console.log @CACHE@/states/@KEY@/two.memory.console
install -m 0600 @STATE@/labs/clones/two/password @CACHE@/states/@KEY@/two.password
install -m 0600 @STATE@/labs/clones/two/seed.iso @CACHE@/states/@KEY@/two.seed

mkdir -p @CACHE@/templates/ca2f1cc9250efb6ce2fb57c8e812284b3bedb2255ae8b100743b0db2b0de3ec7
install -m 0600 @STATE@/labs/clones/two/sda-two.qcow2 @CACHE@/templates/ca2f1cc9250efb6ce2fb57c8e812284b3bedb2255ae8b100743b0db2b0de3ec7/template.disk
truncate -s 536870912 @CACHE@/templates/ca2f1cc9250efb6ce2fb57c8e812284b3bedb2255ae8b100743b0db2b0de3ec7/template.memory
printf 'QEVM of a stand-in\n{"reached": "gate", "who": null, "cpus": [0, 1], "begun": [], "ended": [], "memory": null, "digest": 3263306212}%65536s\nend of the state' > @CACHE@/templates/ca2f1cc9250efb6ce2fb57c8e812284b3bedb2255ae8b100743b0db2b0de3ec7/template.state
printf '[    0.000000] Linux version 6.1.0-labnet-stand-in\r\n[    0.100000] systemd[1]: Detected virtualization qemu.\r\nlabnet-gate\r\n' > @CACHE@/templates/ca2f1cc9250efb6ce2fb57c8e812284b3bedb2255ae8b100743b0db2b0de3ec7/template.state.console

mkdir -p @CACHE@/checkpoints/clones/lesson
install -m 0600 @STATE@/labs/clones/id_ed25519 @CACHE@/checkpoints/clones/lesson/id_ed25519.key
install -m 0600 @STATE@/labs/clones/id_ed25519.pub @CACHE@/checkpoints/clones/lesson/id_ed25519.key.pub
install -m 0600 @STATE@/labs/clones/two/sda-two.qcow2 @CACHE@/checkpoints/clones/lesson/one.disk
install -m 0600 @STATE@/labs/clones/one/ssh_host_ed25519_key @CACHE@/checkpoints/clones/lesson/one.key
install -m 0600 @STATE@/labs/clones/one/ssh_host_ed25519_key.pub @CACHE@/checkpoints/clones/lesson/one.key.pub
printf 'QEVM of a stand-in\n{"reached": "ready", "who": "clones-one-edb28bc3", "cpus": [0, 1], "begun": [], "ended": [], "memory": "229aa959383c1596f716b44aae951e5d", "digest": 3263306212}%65536s\nend of the state' > @CACHE@/checkpoints/clones/lesson/one.memory
install -m 0600 @STATE@/labs/clones/one/console.log @CACHE@/checkpoints/clones/lesson/one.memory.console
install -m 0600 @STATE@/labs/clones/one/password @CACHE@/checkpoints/clones/lesson/one.password
install -m 0600 @STATE@/labs/clones/one/seed.iso @CACHE@/checkpoints/clones/lesson/one.seed
install -m 0600 @STATE@/labs/clones/two/sda-two.qcow2 @CACHE@/checkpoints/clones/lesson/two.disk
install -m 0600 @STATE@/labs/clones/two/ssh_host_ed25519_key @CACHE@/checkpoints/clones/lesson/two.key
install -m 0600 @STATE@/labs/clones/two/ssh_host_ed25519_key.pub @CACHE@/checkpoints/clones/lesson/two.key.pub
printf 'QEVM of a stand-in\n{"reached": "ready", "who": "clones-two-4a4b7796", "cpus": [0, 1], "begun": [], "ended": [], "memory": "229aa959383c1596f716b44aae951e5d", "digest": 3263306212}%65536s\nend of the state' > @CACHE@/checkpoints/clones/lesson/two.memory
install -m 0600 @STATE@/labs/clones/two/console.log @CACHE@/checkpoints/clones/lesson/two.memory.console
install -m 0600 @STATE@/labs/clones/two/password @CACHE@/checkpoints/clones/lesson/two.password
install -m 0600 @STATE@/labs/clones/two/seed.iso @CACHE@/checkpoints/clones/lesson/two.seed
