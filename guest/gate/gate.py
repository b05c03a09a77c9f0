"""The gate of a template: a booted guest in which cloud-init is loaded and has not run waits here to be saved.

Each clone goes on from here. Once it has its seed and its NIC, it is given what no two VMs may share, and cloud-init's
stages run as they would at a boot, in children of this process: loading them is most of their time.
"""
import ctypes
import fcntl
import gc
import glob
import importlib
import mmap
import os
import pickle
import random
import signal
import struct
import subprocess
import sys
import time
import traceback
import uuid

import yaml

# Reading the same settings again and again takes a third of a stage's time: libyaml reads them ten times as fast.
if yaml.__with_libyaml__:
    yaml.SafeLoader = yaml.CSafeLoader

import cloudinit.cmd.main
import cloudinit.netinfo
import cloudinit.util

MODULES = """
jsonschema email.generator cloudinit.mergers.m_dict cloudinit.mergers.m_list cloudinit.mergers.m_str
cloudinit.distros.debian cloudinit.net.eni cloudinit.net.renderers cloudinit.net.network_state
cloudinit.handlers.boot_hook cloudinit.handlers.cloud_config cloudinit.handlers.jinja_template
cloudinit.handlers.shell_script cloudinit.handlers.upstart_job
cloudinit.sources.DataSourceNoCloud cloudinit.sources.DataSourceNone
cloudinit.config.cc_growpart cloudinit.config.cc_resizefs cloudinit.config.cc_set_hostname
cloudinit.config.cc_users_groups cloudinit.config.cc_write_files cloudinit.config.cc_ssh
cloudinit.config.cc_scripts_per_boot cloudinit.config.cc_final_message
cloudinit.config.cc_package_update_upgrade_install
""".split()

SEED, SEED_PLACE = b"/dev/vdb", b"/run/labnet/seed"
PCI, BLOCK = "/sys/bus/pci/drivers/virtio-pci", "/sys/bus/virtio/drivers/virtio_blk"

# ioctls of random(4)
RNDADDENTROPY, RNDRESEEDCRNG = 0x40085203, 0x5207
# mount(2), umount2(2)
MS_RDONLY, MNT_DETACH = 1, 2

libc = ctypes.CDLL(None)


def main():
    for name in MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            pass  # Of another release of cloud-init.
    # What would be the same work in every clone: a file system as large as its disk, and the driver of the seed's.
    run("growpart", "/dev/vda", "1")
    run("resize2fs", "/dev/vda1")
    run("modprobe", "isofs")
    spare_what_is_known()
    journal = journald()
    # udev loads the NIC's driver.
    run("udevadm", "settle")
    nic = os.path.realpath("/sys/class/net/eth0/device/..")
    seed = os.path.realpath("/sys/class/block/vdb/device")
    # Pages that nobody counts references on stay the template's.
    gc.collect()
    gc.freeze()
    os.sync()
    # Of its two drivers the one on PCI resets the NIC when it is bound again: the other then finds the clone's address.
    tell(f"{PCI}/unbind", nic)
    print("labnet-gate", flush=True)
    while not seed_is_there():
        time.sleep(0.05)
    tell(f"{PCI}/bind", nic)
    # The driver knows the size of what was there before.
    tell(f"{BLOCK}/unbind", seed)
    tell(f"{BLOCK}/bind", seed)
    become_one()
    os.kill(journal, signal.SIGTERM)
    os.makedirs("/run/labnet/open")
    os.makedirs(SEED_PLACE)
    libc.mount(SEED, SEED_PLACE, b"iso9660", MS_RDONLY, None)
    stage("init", "--local")
    libc.umount2(SEED_PLACE, 0)
    run("ifup", "-a", *([] if glob.glob("/etc/network/if-*.d/*") else ["--no-scripts"]))
    stage("init")
    run("systemctl", "--no-block", "start", "ssh")
    # Nothing is left for its third stage; see src/seed/user-data.ts.
    stage("modules", "--mode=final")


def spare_what_is_known():
    """cloud-init starts many programs, and reads its settings again and again, for what is known here beforehand."""
    util = cloudinit.util
    for name in ("cc_growpart", "cc_resizefs"):
        sys.modules[f"cloudinit.config.{name}"].handle = lambda *_, **__: None
    # It asks three programs whether this is a container, and keeps the answer.
    util.get_cmdline()
    util.load_yaml = remembering(util.load_yaml)
    for path in ("/etc/cloud/cloud.cfg", *glob.glob("/etc/cloud/cloud.cfg.d/*.cfg")):
        util.read_conf(path)
    # The seed is no disk of any other kind (sources/DataSourceNoCloud.py), and labnet has written what it says.
    what_it_is = ("TYPE=iso9660", "LABEL=cidata")
    util.find_devs_with = lambda criteria=None, **_: [SEED.decode()] if criteria in what_it_is else []
    for name, module in list(sys.modules.items()):
        if name.startswith("cloudinit.") and hasattr(module, "validate_cloudconfig_schema"):
            module.validate_cloudconfig_schema = lambda *_, **__: True
    # A table of links and routes, for the console.
    cloudinit.netinfo.debug_info = lambda *_, **__: ""
    # A shell and a tee for each stage: here one for all, as Debian's settings have it (05_logging.cfg).
    log = ("tee", "-a", "/var/log/cloud-init-output.log")
    tee = subprocess.Popen(log, stdin=subprocess.PIPE, group="adm", umask=0o037)

    def redirect_output(*_, **__):
        for output in (1, 2):
            os.dup2(tee.stdin.fileno(), output)

    util.redirect_output = redirect_output


def remembering(load):
    """The same function, which answers from memory when it is asked the same again; what it has answered may be changed."""
    known = {}

    def loaded(*values, **more):
        key = repr((values, more))
        if key not in known:
            known[key] = pickle.dumps(load(*values, **more))
        return pickle.loads(known[key])

    return loaded


def journald():
    """The pid of systemd's journal, which systemd starts again when it has ended."""
    show = ("systemctl", "show", "--value", "--property=MainPID", "systemd-journald")
    return int(subprocess.run(show, stdout=subprocess.PIPE, check=True).stdout)


def seed_is_there():
    """Whether the second disk, on which a template has zeros, begins like a CD (ECMA-119), read past the page cache."""
    disk = os.open(SEED, os.O_RDONLY | os.O_DIRECT)
    try:
        with mmap.mmap(-1, 4096) as buffer:
            os.preadv(disk, [buffer], 16 * 2048)
            return buffer[1:6] == b"CD001"
    finally:
        os.close(disk)


def tell(path, device):
    with open(path, "w") as file:
        file.write(os.path.basename(device))


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
    identity = uuid.uuid4()
    # systemd has made one in memory and laid it over the empty file of the disk (machine-id(5)).
    libc.umount2(b"/etc/machine-id", MNT_DETACH)
    for path in ("/run/machine-id", "/etc/machine-id"):
        with open(path, "w") as machine:
            machine.write(identity.hex + "\n")


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


try:
    main()
except BaseException:
    traceback.print_exc()
    print("labnet-gate-broken", flush=True)
    sys.exit(1)
