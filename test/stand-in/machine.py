"""What labnet sees of a QEMU: disk, seed and tap opened under its own uid; QMP; the console's log with the signs of a
boot; and a guest on the wire."""
import errno
import json
import os
import select
import signal
import socket
import struct
import sys

from cpus import Cpus
from probes import Probes
from seed import Seed
from wire import Wire, open_tap

BOOT = [
    "[    0.000000] Linux version 6.1.0-labnet-stand-in",
    "[    0.100000] systemd[1]: Detected virtualization qemu.",
    "cloud-init[1]: Cloud-init v. 0 running 'init-local'",
    "cloud-init[2]: Cloud-init v. 0 running 'modules:config'",
]


def main(argv):
    options = list(zip(argv, argv[1:]))
    Machine(lambda name: [value for option, value in options if option == name]).run()


def die(message):
    sys.stderr.write("qemu-system-x86_64: %s\n" % message)
    sys.exit(1)


def parse(option):
    """name=value,… with doubled commas for a comma in a value."""
    words = option.replace(",,", "\0").split(",")
    return [tuple(word.replace("\0", ",").partition("=")[::2]) for word in words]


class Machine:
    def __init__(self, values):
        drives = {drive["id"]: drive for drive in (dict(parse(one)) for one in values("-drive"))}
        netdev = dict(parse(values("-netdev")[0]))
        nic = next(dict(parse(one)) for one in values("-device") if "mac=" in one)
        chardev = dict(parse(values("-chardev")[0]))
        self.qmp_path = parse(values("-qmp")[0])[0][0][len("unix:"):]
        self.console_path = chardev["path"]
        try:
            self.files = open_disk(drives["disk"]["file"])
            seed = Seed(drives["seed"]["file"])
        except (OSError, ValueError) as error:
            die("-drive: Could not open: %s" % error)
        try:
            self.tap = open_tap(netdev["ifname"])
        except OSError as error:
            die("-netdev: could not configure /dev/net/tun (%s): %s" % (netdev["ifname"], error.strerror))
        self.log = os.open(chardev["logfile"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.wire = Wire(self.tap, nic["mac"], seed.address, seed.prefix, seed.gateway)
        self.cpus = Cpus(values("-smp")[0])
        self.probes = Probes(self.wire, seed, self.cpus, self.pump)
        self.seed = seed
        self.readers = {self.tap: self.on_frames}
        self.scripts = []
        self.over = False
        self.status, self.unwritten, self.full = "running", b"", False

    def run(self):
        for name in ("SIGTERM", "SIGINT", "SIGHUP"):
            signal.signal(getattr(signal, name), lambda *_: self.stop())
        signal.signal(signal.SIGUSR1, lambda *_: self.write(b"a guest's data" * 10000))
        self.listen("\0labnet-stand-in/" + self.seed.address, self.on_session)
        self.listen(self.console_path, lambda connection: self.readers.update({connection: lambda: drain(self, connection)}))
        # Last, since it is what labnet takes for the sign that QEMU is up.
        self.listen(self.qmp_path, self.on_qmp)
        for line in BOOT + ["labnet-ready " + self.seed.instance_id]:
            os.write(self.log, (line + "\r\n").encode())
        while not self.over:
            self.pump(None)
            # Not from within pump: probes pump themselves.
            while self.scripts and self.status == "running":
                self.answer(*self.scripts.pop(0))
        for path in (self.qmp_path, self.console_path):
            try:
                os.unlink(path)
            except OSError:
                pass

    def stop(self):
        self.over = True

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
            self.status, self.full = "io-error", error.errno == errno.ENOSPC

    def listen(self, path, accepted):
        listener = socket.socket(socket.AF_UNIX)
        if path[0] != "\0" and os.path.exists(path):
            os.unlink(path)
        listener.bind(path)
        listener.listen()
        self.readers[listener] = lambda: accepted(listener.accept()[0])

    def pump(self, seconds):
        """Waits for what comes next, at most this long, and deals with it."""
        try:
            # A guest that stands still takes in no frame and starts no script.
            awake = self.status == "running"
            ready = select.select([one for one in self.readers if awake or one != self.tap], [], [], seconds)[0]
        except InterruptedError:
            return
        for one in ready:
            if one in self.readers:
                self.readers[one]()

    def on_frames(self):
        if not self.wire.receive():
            del self.readers[self.tap]

    def on_qmp(self, connection):
        say(connection, {"QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 0}}, "capabilities": []}})
        reader = Lines(connection)
        self.readers[connection] = lambda: self.qmp_lines(connection, reader)

    def qmp_lines(self, connection, reader):
        lines = reader.read()
        if lines is None:
            self.readers.pop(connection, None)
            connection.close()
            return
        for line in lines:
            request = json.loads(line)
            command = request["execute"]
            if command == "query-status":
                say(connection, {"return": {"status": self.status, "running": self.status == "running"}})
            elif command == "query-block":
                state = "nospace" if self.full else "ok"
                say(connection, {"return": [{"device": "disk", "io-status": state}, {"device": "seed"}]})
            elif command == "query-hotpluggable-cpus":
                say(connection, {"return": self.cpus.list()})
            elif command == "device_add" and self.cpus.plug(request["arguments"].get("socket-id")):
                say(connection, {"return": {}})
            elif command in ("stop", "cont"):
                say(connection, {"return": {}})
                self.status = "paused" if command == "stop" else "running"
                if command == "cont":
                    self.write(b"")
            elif command in ("qmp_capabilities", "quit", "system_powerdown"):
                say(connection, {"return": {}})
                self.over = self.over or command != "qmp_capabilities"
            else:
                desc = "The command %s has not been found" % command
                say(connection, {"error": {"class": "CommandNotFound", "desc": desc}})

    def on_session(self, connection):
        """What stands for sshd: tells its key and whom it lets in, then takes a script and answers with its lines."""
        say(connection, {"hostKey": self.seed.host_key, "clientKeys": self.seed.client_keys})
        reader = Lines(connection)
        self.readers[connection] = lambda: self.session_lines(connection, reader)

    def session_lines(self, connection, reader):
        lines = reader.read()
        if lines == []:
            return
        self.readers.pop(connection, None)
        if lines is None:
            connection.close()
        else:
            self.scripts.append((connection, json.loads(lines[0])["script"]))

    def answer(self, connection, script):
        for line in self.probes.run(script):
            try:
                connection.sendall((line + "\n").encode())
            except OSError:
                break
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


class Lines:
    """Whole lines from a socket as they come."""

    def __init__(self, connection):
        self.connection, self.rest = connection, b""

    def read(self):
        """None at the end of the connection."""
        try:
            got = self.connection.recv(65536)
        except OSError:
            return None
        if not got:
            return None
        *lines, self.rest = (self.rest + got).split(b"\n")
        return lines


def drain(machine, connection):
    try:
        if connection.recv(4096):
            return
    except OSError:
        pass
    machine.readers.pop(connection, None)
    connection.close()


def say(connection, message):
    try:
        connection.sendall(json.dumps(message).encode() + b"\r\n")
    except OSError:
        pass


main(sys.argv)
