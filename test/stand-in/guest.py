"""A guest: boots, with the signs of it on its console; is on the wire, and answers sessions with probes. One whose NIC
and seed are connected to nothing waits at a template's gate."""
import os

from lines import Lines, say
from probes import Probes
from quick_json import loads
from seed import Seed
from wire import Wire

KERNEL = [
    "[    0.000000] Linux version 6.1.0-labnet-stand-in",
    "[    0.100000] systemd[1]: Detected virtualization qemu.",
]
GATE = "labnet-gate"
CLOUD_INIT = [
    "cloud-init[1]: Cloud-init v. 0 running 'init-local'",
    "cloud-init[2]: Cloud-init v. 0 running 'modules:config'",
]


class Guest:
    def __init__(self, machine, console):
        """console: a descriptor that takes what it prints."""
        self.machine, self.console = machine, console
        self.seed = self.nic = self.wire = None
        # Where it stands: None, "gate" or "ready".
        self.reached = None
        self.scripts = []

    def boot(self):
        self.print(KERNEL)
        if self.seed is None:
            # A template, which must have all its CPUs by now.
            if self.machine.cpus.complete():
                self.reached = "gate"
                self.print([GATE])
        else:
            self.become_one()

    def go_on(self):
        # A template stays there; a clone has a seed, and a NIC, from the start.
        if self.reached == "gate" and self.seed is not None:
            self.become_one()

    def become_one(self):
        self.reached = "ready"
        self.connect()
        self.print(CLOUD_INIT + ["labnet-ready " + self.seed.instance_id])

    def print(self, lines):
        os.write(self.console, "".join(line + "\r\n" for line in lines).encode())

    def give_nic(self, tap, mac):
        self.nic = (tap, mac)

    def give_seed(self, path):
        self.seed = Seed(path)

    def connect(self):
        """From now on it is on the wire, and lets sessions in."""
        tap, mac = self.nic
        self.wire = Wire(tap, mac, self.seed.address, self.seed.prefix, self.seed.gateway)
        self.probes = Probes(self.wire, self.seed, self.machine.cpus, self.machine.pump)
        self.machine.readers[tap] = self.on_frames
        self.machine.listen("\0labnet-stand-in/" + self.seed.address, self.on_session)

    def on_frames(self):
        if not self.wire.receive():
            del self.machine.readers[self.nic[0]]

    def on_session(self, connection):
        """What stands for sshd: tells its key and whom it lets in, then takes a script and answers with its lines."""
        say(connection, {"hostKey": self.seed.host_key, "clientKeys": self.seed.client_keys})
        reader = Lines(connection)
        self.machine.readers[connection] = lambda: self.on_lines(connection, reader)

    def on_lines(self, connection, reader):
        lines = reader.read()
        if lines == []:
            return
        self.machine.readers.pop(connection, None)
        if lines is None:
            connection.close()
        else:
            self.scripts.append((connection, loads(lines[0])["script"]))

    def run_scripts(self):
        while self.scripts and self.machine.status == "running":
            connection, script = self.scripts.pop(0)
            for line in self.probes.run(script):
                try:
                    connection.sendall((line + "\n").encode())
                except OSError:
                    break
            connection.close()

    def devices(self):
        """What is saved of it."""
        who = self.seed.instance_id if self.reached == "ready" else None
        return {"reached": self.reached, "who": who, "cpus": sorted(self.machine.cpus.plugged)}

    def take(self, devices):
        """Goes on from what was saved. @raises ValueError where it is another guest's"""
        if devices["cpus"] != sorted(self.machine.cpus.plugged):
            raise ValueError("its CPUs are others")
        self.reached = devices["reached"]
        if self.reached == "ready":
            if devices["who"] != self.seed.instance_id:
                raise ValueError("its guest is another one than the seed's")
            self.connect()
            self.probes.asleep = True
