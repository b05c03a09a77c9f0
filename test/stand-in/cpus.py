"""The CPUs of a machine: those it starts with (-smp), and places where others can be plugged in by QMP."""


class Cpus:
    def __init__(self, smp):
        options = dict(word.partition("=")[::2] for word in smp.split(","))
        first = next(iter(options))
        self.count = int(options.get("cpus", first))
        self.places = int(options.get("maxcpus", self.count))
        self.plugged = set(range(self.count))

    def list(self):
        """What query-hotpluggable-cpus answers; the last place comes first, as with QEMU."""
        return [self.place(number) for number in reversed(range(self.places))]

    def place(self, number):
        free = {"type": "max-x86_64-cpu", "vcpus-count": 1, "props": {"socket-id": number, "core-id": 0, "thread-id": 0}}
        return {**free, "qom-path": "/machine/cpu%d" % number} if number in self.plugged else free

    def plug(self, socket):
        """False when the place is taken, or none."""
        if socket in self.plugged or socket not in range(self.places):
            return False
        self.plugged.add(socket)
        return True

    def complete(self):
        return len(self.plugged) == self.places

    def online(self):
        """As /sys/devices/system/cpu/online has it."""
        return "0-%d" % (len(self.plugged) - 1) if len(self.plugged) > 1 else "0"
