"""A guest: boots, with the signs of it on its console; is on the wire, and answers sessions with probes. One whose NIC
and seed are connected to nothing waits at a template's gate."""
import os
import time

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


LAST_WORDS = {"reboot": "Restarting system", "poweroff": "Power down", "halt": "System halted"}


class Guest:
    def __init__(self, machine, console):
        """console: a descriptor that takes what it prints."""
        self.machine, self.console = machine, console
        self.seed = self.nic = self.wire = None
        # Where it stands: None, "gate" or "ready".
        self.reached = None
        self.scripts = []
        # Numbers of the run lines that began; (number, status) of those that ended; what the one that failed said.
        self.begun, self.ended, self.said = [], [], b""

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
        self.configure()

    def configure(self):
        """What cloud-init does at a boot."""
        self.print(CLOUD_INIT)
        for number, line in enumerate(self.seed.run, 1):
            if number in self.begun:
                continue
            self.begun.append(number)
            of = "labnet: run line %d of %d " % (number, len(self.seed.run))
            status, said = self.run_line(line)
            signs = [of + "begins", *said, of + "ended with %d" % status]
            self.print(signs)
            self.ended.append((number, status))
            if status != 0:
                self.said = "\n".join(signs).encode()
                break
            if line in LAST_WORDS:
                self.leave(line)
                return
        self.print(["labnet-ready " + self.seed.instance_id])

    def run_line(self, line):
        """Its status and what it says: a guest that knows no shell knows "echo WORDS; exit STATUS"."""
        said, _, status = line.partition("; exit ")
        return int(status or 0), [said[len("echo "):]] if said.startswith("echo ") else []

    def leave(self, how):
        self.print(["[    9.000000] reboot: " + LAST_WORDS[how]])
        if how == "reboot":
            self.print(KERNEL)
            self.configure()
        elif how == "poweroff":
            # Later than whoever started it has seen that it runs: with QMP first, then at its tap.
            while not self.machine.asked or time.monotonic() < self.machine.asked + 3:
                self.machine.pump(0.1)
            self.machine.stop()
        else:
            self.machine.readers.pop(self.nic[0], None)

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
            self.scripts.append((connection, loads(lines[0])["script"], None))

    def on_channel(self, connection):
        """What stands for guest/reach.sh."""
        if self.reached != "ready":
            connection.close()
            return
        connection.sendall(b"labnet: here\n")
        reader, heard = Lines(connection), []
        self.machine.readers[connection] = lambda: self.on_request(connection, reader, heard)

    def on_request(self, connection, reader, heard):
        lines = reader.read()
        if lines is None:
            self.machine.close(connection)
            return
        heard += [line.decode() for line in lines]
        word = heard[0].split()[0] if heard else None
        if word in heard[1:]:
            self.machine.readers.pop(connection)
            self.scripts.append((connection, "\n".join(heard[1:heard.index(word, 1)]), word))

    def run_scripts(self):
        while self.scripts and self.machine.status == "running":
            connection, script, word = self.scripts.pop(0)
            leaves, self.seed.power = self.seed.power, None
            asked = script if not leaves else "echo 'labnet: leaving'\n" + script.splitlines()[-1]
            answer = self.probes.run(asked, self)
            if word:
                answer = [word + " begins", *answer, "", word + " 0"]
            for line in answer:
                try:
                    connection.sendall((line + "\n").encode())
                except OSError:
                    break
            connection.close()
            if leaves:
                self.leave(leaves)

    def devices(self):
        """What is saved of it."""
        who = self.seed.instance_id if self.reached == "ready" else None
        lines = {"begun": self.begun, "ended": self.ended}
        return {"reached": self.reached, "who": who, "cpus": sorted(self.machine.cpus.plugged), **lines}

    def take(self, devices):
        """Goes on from what was saved. @raises ValueError where it is another guest's"""
        if devices["cpus"] != sorted(self.machine.cpus.plugged):
            raise ValueError("its CPUs are others")
        self.reached = devices["reached"]
        if self.reached == "ready":
            if devices["who"] != self.seed.instance_id:
                raise ValueError("its guest is another one than the seed's")
            self.begun, self.ended, self.seed.power = devices.get("begun", []), devices.get("ended", []), None
            self.connect()
            self.probes.late = time.time()
