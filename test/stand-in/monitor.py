"""QMP as labnet speaks it: what is asked of a machine, a command a method."""
import _socket as socket
import os

from lines import say
from quick_json import loads


class Refused(Exception):
    pass


class Monitor:
    def __init__(self, machine):
        self.machine = machine
        self.apart = False
        self.migration = {}

    def on_line(self, connection, line):
        request = loads(line)
        name = request["execute"]
        same = {"id": request["id"]} if "id" in request else {}
        command = getattr(self, "do_" + name.replace("-", "_"), None)
        try:
            if command is None:
                raise Refused("The command %s has not been found" % name)
            answer = command(request.get("arguments", {}))
            say(connection, {"return": {} if answer is None else answer, **same})
        except (Refused, OSError) as error:
            say(connection, {"error": {"class": "GenericError", "desc": str(error)}, **same})

    def do_qmp_capabilities(self, _):
        pass

    def do_quit(self, _):
        self.machine.stop()

    def do_system_powerdown(self, _):
        if self.machine.status == "running":
            self.machine.stop()

    def do_query_status(self, _):
        status = self.machine.status
        return {"status": status, "running": status == "running"}

    def do_query_block(self, _):
        return [{"device": "disk", "io-status": "nospace" if self.machine.full else "ok"}, {"device": "seed"}]

    def do_query_hotpluggable_cpus(self, _):
        return self.machine.cpus.list()

    def do_stop(self, _):
        self.machine.pause()

    def do_cont(self, _):
        self.machine.go_on()

    def do_device_add(self, values):
        if not self.machine.cpus.plug(values.get("socket-id")):
            raise Refused("no place for a %s" % values["driver"])

    def do_migrate_set_capabilities(self, values):
        self.apart = {one["capability"]: one["state"] for one in values["capabilities"]}["x-ignore-shared"]

    def do_migrate_set_parameters(self, _):
        pass

    def do_migrate(self, values):
        to = socket.socket(socket.AF_UNIX)
        to.connect(values["uri"][len("unix:"):])
        try:
            to.sendall(self.machine.state(self.apart))
            self.migration = {"status": "completed"}
            self.machine.status = "postmigrate"
        except OSError as error:
            self.migration = {"status": "failed", "error-desc": str(error)}
        to.close()

    def do_query_migrate(self, _):
        return self.migration

    def do_migrate_incoming(self, values):
        if self.machine.status != "inmigrate":
            raise Refused("'-incoming' was not specified on the command line")
        with os.fdopen(int(values["uri"][len("fd:"):]), "rb") as file:
            self.machine.take_state(file.read(), self.apart)
