"""The gate of a template: a booted guest in which cloud-init is loaded and has not run waits here to be saved.

Each clone goes on from here. Once its NIC and its seed are plugged in, it is given what no two VMs may share, and
cloud-init's stages run as they would at a boot, in children of this process: loading them is most of their time.
"""
import fcntl
import gc
import glob
import importlib
import os
import random
import struct
import subprocess
import sys
import time
import traceback
import uuid

import cloudinit.cmd.main

MODULES = """
distros.debian net.eni net.renderers net.network_state netinfo handlers.boot_hook handlers.cloud_config
handlers.jinja_template handlers.shell_script handlers.upstart_job sources.DataSourceNoCloud sources.DataSourceNone
config.cc_growpart config.cc_resizefs config.cc_set_hostname config.cc_users_groups config.cc_write_files config.cc_ssh
config.cc_runcmd config.cc_scripts_user config.cc_final_message config.cc_package_update_upgrade_install
""".split()

# ioctls of random(4)
RNDADDENTROPY, RNDRESEEDCRNG = 0x40085203, 0x5207


def main():
    for name in MODULES:
        try:
            importlib.import_module(f"cloudinit.{name}")
        except ImportError:
            pass  # Of another release of cloud-init.
    # What would be the same work in every clone: the driver of the NIC to come, and a file system as large as its disk.
    run("modprobe", "virtio_net")
    run("growpart", "/dev/vda", "1")
    run("resize2fs", "/dev/vda1")
    for name in ("cc_growpart", "cc_resizefs"):
        sys.modules[f"cloudinit.config.{name}"].handle = lambda *_, **__: None
    # Pages that nobody counts references on stay the template's.
    gc.collect()
    gc.freeze()
    os.sync()
    print("labnet-gate", flush=True)
    while not (glob.glob("/sys/class/net/eth0") and glob.glob("/dev/vdb")):
        time.sleep(0.02)
    become_one()
    os.makedirs("/run/labnet/open")
    stage("init", "--local")
    run("ifup", "-a")
    stage("init")
    run("systemctl", "--no-block", "start", "ssh")
    # Nothing is left for its third stage; see cloud-init/user-data.ts.
    stage("modules", "--mode=final")


def become_one():
    """Clock, random generators and machine id of this VM alone."""
    with open("/sys/class/rtc/rtc0/since_epoch") as rtc:
        time.clock_settime(time.CLOCK_REALTIME, int(rtc.read()) + 0.5)
    # The host's bytes. Those that the driver had asked for before the VM was saved come first; far more are taken.
    with open("/dev/hwrng", "rb", buffering=0) as source:
        seed = b"".join(source.read(64) for _ in range(8))
    with open("/dev/random", "wb") as pool:
        fcntl.ioctl(pool, RNDADDENTROPY, struct.pack("ii", len(seed) * 8, len(seed)) + seed)
        fcntl.ioctl(pool, RNDRESEEDCRNG)
    random.seed(os.urandom(32))
    with open("/var/lib/systemd/random-seed", "wb") as later:
        os.fchmod(later.fileno(), 0o600)
        later.write(os.urandom(512))
    # systemd has made one in memory and laid it over the empty file of the disk: systemd-machine-id-setup(1) puts the
    # new one there.
    with open("/run/machine-id", "w") as machine:
        machine.write(uuid.uuid4().hex + "\n")
    run("systemd-machine-id-setup", "--commit")
    run("systemctl", "--no-block", "restart", "systemd-journald")


def stage(*words):
    """One run of cloud-init, in a child that has all its modules."""
    child = os.fork()
    if child != 0:
        os.waitpid(child, 0)
        return
    status = 1
    try:
        sys.argv = ["cloud-init", *words]
        status = cloudinit.cmd.main.main(sys.argv) or 0
    except SystemExit as end:
        status = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status if isinstance(status, int) else 1)


def run(*argv):
    subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)


main()
