"""What labnet sees of a QEMU: disk, seed and tap opened under its own uid; QMP; the console's log; a guest that runs,
stands still, is saved, and goes on from what was saved.

Python's C modules by their own names (_socket), here and elsewhere: what is written in Python around them takes as long
to import as all else, and stand-ins are started by the thousand."""
import _signal as signal
import _socket as socket
import errno
import os
import select
import struct
import sys
import time

from cpus import Cpus
from guest import Guest
from lines import Lines, accept, say
from memory import Memory
from monitor import Monitor
from wire import open_tap


def main(argv):
    options = list(zip(argv, argv[1:]))
    values = lambda name: [value for option, value in options if option == name]
    Machine(values, "-S" in argv).run()


def die(message):
    sys.stderr.write("qemu-system-x86_64: %s\n" % message)
    sys.exit(1)


def parse(option):
    """name=value,… with doubled commas for a comma in a value."""
    words = option.replace(",,", "\0").split(",")
    return dict(word.replace("\0", ",").partition("=")[::2] for word in words)


class Machine:
    def __init__(self, values, held):
        """held: it runs only when it is told to."""
        drives = {drive["id"]: drive["file"] for drive in map(parse, values("-drive")) if "file" in drive}
        chardevs = {one["id"]: one for one in map(parse, values("-chardev"))}
        chardev = chardevs["console"]
        self.qmp_path = next(iter(parse(values("-qmp")[0])))[len("unix:"):]
        self.console_path = chardev["path"]
        self.channel_path = chardevs.get("channel", {}).get("path")
        self.readers = {}
        # When it was last told something by QMP.
        self.asked = None
        self.over = False
        # When it last began not to run.
        self.stood_since = time.monotonic()
        self.status, self.unwritten, self.full = "running", b"", False
        if values("-incoming"):
            self.status = "inmigrate"
        elif held:
            self.status = "prelaunch"
        self.cpus = Cpus(values("-smp")[0])
        log = os.open(chardev["logfile"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.guest = Guest(self, log)
        try:
            for path in values("-kernel") + values("-initrd"):
                open(path, "rb").close()
            self.memory = Memory(parse("".join(values("-object"))), int(values("-m")[0]))
            self.files = open_disk(drives["disk"])
            if "seed" in drives:
                self.guest.give_seed(drives["seed"])
        except (OSError, ValueError) as error:
            die("-drive: Could not open: %s" % error)
        for tap in [netdev["ifname"] for netdev in map(parse, values("-netdev")) if "ifname" in netdev]:
            mac = next(parse(one)["mac"] for one in values("-device") if "mac=" in one)
            try:
                self.guest.give_nic(open_tap(tap), mac)
            except OSError as error:
                die("-netdev: could not configure /dev/net/tun (%s): %s" % (tap, error.strerror))

    def run(self):
        # A signal wakes the loop: by itself Python goes on waiting after it (PEP 475).
        waking, woken = socket.socketpair()
        waking.setblocking(False)
        signal.set_wakeup_fd(waking.fileno())
        self.readers[woken] = lambda: woken.recv(64)
        for name in ("SIGTERM", "SIGINT", "SIGHUP"):
            signal.signal(getattr(signal, name), lambda *_: self.stop())
        signal.signal(signal.SIGUSR1, lambda *_: self.write(b"a guest's data" * 10000))
        self.listen(self.console_path, lambda connection: self.readers.update({connection: lambda: self.drain(connection)}))
        if self.channel_path:
            self.listen(self.channel_path, self.guest.on_channel)
        monitor = Monitor(self)
        # What labnet takes for the sign that QEMU is up.
        self.listen(self.qmp_path, lambda connection: self.on_qmp(connection, monitor))
        if self.status == "running":
            self.guest.boot()
        while not self.over:
            self.pump(None)
            # Not from within pump: probes pump themselves.
            self.guest.run_scripts()
        for path in (self.qmp_path, self.console_path, self.channel_path):
            try:
                os.unlink(path)
            except (OSError, TypeError):
                pass

    def stop(self):
        self.over = True

    def pause(self):
        self.stood_since = time.monotonic()
        self.status = "paused"

    def go_on(self):
        began = self.status == "prelaunch"
        self.write(b"")
        if began:
            self.guest.boot()
        elif self.status == "running":
            if self.guest.reached == "ready":
                self.guest.probes.late += time.monotonic() - self.stood_since
            self.guest.go_on()

    def write(self, data):
        """The guest writes to its disk; where that is full, it is stopped as QEMU stops it (werror=enospc)."""
        self.unwritten += data
        disk = self.files[0].fileno()
        try:
            os.lseek(disk, 0, os.SEEK_END)
            while self.unwritten:
                self.unwritten = self.unwritten[os.write(disk, self.unwritten):]
            self.status, self.full = "running", False
        except OSError as error:
            if self.status == "running":
                self.stood_since = time.monotonic()
            self.status, self.full = "io-error", error.errno == errno.ENOSPC

    def state(self, apart):
        return self.memory.save(self.guest.devices(), apart)

    def take_state(self, content, apart):
        """Ends where the state is not for this machine, as QEMU does."""
        try:
            self.guest.take(self.memory.load(content, apart))
        except ValueError as error:
            die("error while loading state: %s" % error)
        self.status = "paused"

    def listen(self, path, accepted):
        listener = socket.socket(socket.AF_UNIX)
        if path[0] != "\0" and os.path.exists(path):
            os.unlink(path)
        listener.bind(path)
        listener.listen()
        self.readers[listener] = lambda: accepted(accept(listener))

    def pump(self, seconds):
        """Waits for what comes next, at most this long, and deals with it."""
        tap = self.guest.nic and self.guest.nic[0]
        # A guest that stands still takes in no frame.
        awake = self.status == "running"
        try:
            ready = select.select([one for one in self.readers if awake or one != tap], [], [], seconds)[0]
        except InterruptedError:
            return
        for one in ready:
            if one in self.readers:
                self.readers[one]()

    def on_qmp(self, connection, monitor):
        say(connection, {"QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 0}}, "capabilities": []}})
        reader = Lines(connection)
        self.readers[connection] = lambda: self.on_lines(connection, reader, monitor)

    def on_lines(self, connection, reader, monitor):
        lines = reader.read()
        if lines is None:
            self.close(connection)
            return
        self.asked = time.monotonic()
        for line in lines:
            monitor.on_line(connection, line)

    def drain(self, connection):
        try:
            if connection.recv(4096):
                return
        except OSError:
            pass
        self.close(connection)

    def close(self, connection):
        self.readers.pop(connection, None)
        connection.close()


def open_disk(path):
    """The overlay and what it lies on, with the rights QEMU opens them with. @raises OSError, ValueError"""
    disk = open(path, "r+b")
    head = disk.read(104)
    if head[:4] != b"QFI\xfb":
        raise ValueError("%s: Image is not in qcow2 format" % path)
    offset, size = struct.unpack_from("!QI", head, 8)
    disk.seek(offset)
    return [disk, open(disk.read(size).decode(), "rb")]


main(sys.argv)
