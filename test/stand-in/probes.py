"""The probes of guest/probe-guest.sh, by a guest that has a wire and what its seed told it, and no more."""
import _socket as socket
import binascii
import os
import struct
import time

from wire import ICMP, TCP, UDP, checksum

# Seconds: on one host a packet that passes at all passes at once; a lost one is sent again.
PATIENCE, AGAIN = 1.2, 0.4

VARIABLES = "hostname hosts guests address gateway resolvers cpus uplink_gateway target target_name port lines end_of_probes".split()


class Failed(Exception):
    pass


class Probes:
    def __init__(self, wire, seed, cpus, pump):
        """pump(seconds) lets the guest go on: takes in frames, answers them."""
        self.wire, self.seed, self.cpus, self.pump = wire, seed, cpus, pump
        # Seconds that its clock is late: it stood still meanwhile, and nobody has set it.
        self.late = 0

    def wanted(self, script):
        """The variables at the head of the script: as a shell reads them, the first of a name."""
        found = [line.partition("=") for line in script.splitlines()]
        return {name: value.strip("'") for name, _, value in reversed(found) if name in VARIABLES}

    def end_of(self, script):
        return self.wanted(script)["end_of_probes"]

    def run(self, script, guest):
        """The lines that probe-guest.sh prints to the script it was sent; guest: who ran the run lines."""
        wanted = self.wanted(script)
        seed = self.seed
        if "entropy=" in script:
            self.late = 0
        if "end_of_probes" not in wanted:
            return
        yield "clock\tread\t0\t%.3f" % (time.time() - self.late)
        yield probe("hostname", lambda: same(wanted["hostname"], seed.hostname))
        yield probe("etc-hosts", lambda: self.check_hosts(wanted))
        yield probe("address", lambda: same(wanted["address"], "%s/%d" % (seed.address, seed.prefix)))
        yield probe("route", lambda: same(wanted["gateway"], seed.gateway))
        yield probe("resolver", lambda: same(wanted["resolvers"], " ".join(seed.resolvers)))
        yield probe("cpus", lambda: same(wanted["cpus"], self.cpus.online()))
        yield probe("cloud-init", lambda: "ended without errors")
        if wanted["lines"] != "0":
            begun = " ".join(map(str, guest.begun))
            ended = " ".join("%d:%d" % (number, status) for number, status in guest.ended)
            yield "\t".join(["run", "read", "0", begun, ended, "done", binascii.b2a_base64(guest.said, newline=False).decode()])
        yield probe("guest-host", lambda: self.ping(wanted["gateway"]))
        for pair in wanted["guests"].split():
            name, address = pair.split("=")
            yield probe("guest-guest:" + name, lambda address=address: self.ping(address))
            yield probe("guest-guest-name:" + name, lambda name=name: self.ping(self.look_up(name)))
        if wanted["target"] != "":
            if wanted["uplink_gateway"] != "":
                yield probe("internet-gateway", lambda: self.ping(wanted["uplink_gateway"]))
            if wanted["target_name"] != "":
                yield probe("internet-name", lambda: "%s is %s" % (wanted["target"], self.look_up(wanted["target"])))
            yield probe("internet-tcp", lambda: self.connect(self.look_up(wanted["target"]), int(wanted["port"])))
        yield wanted["end_of_probes"]

    def check_hosts(self, wanted):
        same("127.0.0.1", self.seed.host(wanted["hostname"]))
        for pair in wanted["hosts"].split():
            name, address = pair.split("=")
            same(address, self.seed.host(name))
        return "all names are in it"

    def ping(self, address):
        mark = os.urandom(4)
        body = b"\x08\0\0\0" + mark + b"labnet stand-in guest"
        body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
        answered = lambda source, got: source == socket.inet_aton(address) and got[0] == 0 and got[4:8] == mark
        self.ask(ICMP, address, body, answered, address + " does not answer to ping")
        return address + " answers"

    def look_up(self, name):
        if name.replace(".", "").isdigit():
            return name
        known = self.seed.host(name)
        if known is not None:
            return known
        query, port = os.urandom(2), 0x8000 | struct.unpack("!H", os.urandom(2))[0]
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        question = query + b"\1\0\0\1\0\0\0\0\0\0" + labels + b"\0\0\1\0\1"
        body = struct.pack("!HHHH", port, 53, 8 + len(question), 0) + question
        answered = lambda _, got: struct.unpack_from("!HH", got) == (53, port) and got[8:10] == query
        failure = "%s has no address (asked: %s)" % (name, " ".join(self.seed.resolvers))
        for resolver in self.seed.resolvers[:1]:
            answer = self.ask(UDP, resolver, body, answered, failure)
            if struct.unpack_from("!H", answer, 14)[0] > 0:
                return socket.inet_ntoa(answer[-4:])
        raise Failed(failure)

    def connect(self, address, port):
        own, number = 0x8000 | struct.unpack("!H", os.urandom(2))[0], struct.unpack("!I", os.urandom(4))[0]
        failure = "no TCP connection to %s port %d" % (address, port)
        answered = lambda _, got: struct.unpack_from("!HH", got) == (port, own)
        got = self.ask(TCP, address, self.segment(address, own, port, number, 0x02), answered, failure)
        if got[13] & 0x12 != 0x12:
            raise Failed(failure + ": refused")
        # The connection is of no further use.
        self.wire.send_ipv4(TCP, socket.inet_aton(address), self.segment(address, own, port, number + 1, 0x04))
        return "%s port %d accepts" % (address, port)

    def segment(self, address, own, port, number, flags):
        body = struct.pack("!HHIIBBHHH", own, port, number & 0xFFFFFFFF, 0, 0x50, flags, 64240, 0, 0)
        pseudo = self.wire.address + socket.inet_aton(address) + struct.pack("!BBH", 0, TCP, len(body))
        return body[:16] + struct.pack("!H", checksum(pseudo + body)) + body[18:]

    def ask(self, protocol, address, body, answered, failure):
        """Sends until the answer has come, with a question for the next hop's MAC first. @raises Failed"""
        target = socket.inet_aton(address)
        hop = self.wire.next_hop(target)
        # What a kernel does after a while: a neighbour may have changed.
        self.wire.neighbours.pop(hop, None)
        deadline, again = time.monotonic() + PATIENCE, 0
        sent = False
        while time.monotonic() < deadline:
            known = hop in self.wire.neighbours
            if time.monotonic() >= again or (known and not sent):
                if known:
                    self.wire.send_ipv4(protocol, target, body)
                    sent = True
                else:
                    self.wire.send_arp(1, None, hop)
                again = time.monotonic() + AGAIN
            self.pump(0.05)
            for kind, source, got in self.wire.inbox:
                if kind == protocol and answered(source, got):
                    self.wire.inbox.clear()
                    return got
        raise Failed(failure)


def probe(name, check):
    started = time.monotonic()
    try:
        status, seen = "passed", check()
    except Failed as failure:
        status, seen = "failed", str(failure)
    return "%s\t%s\t%d\t%s" % (name, status, (time.monotonic() - started) * 1000, seen)


def same(expected, found):
    if expected == found:
        return found
    raise Failed("%s, expected %s" % (found or "nothing", expected))
