"""The checks of guest/checks.sh, made by a guest that has a wire and what its seed told it, and no more."""
import _socket as socket
import binascii
import os
import struct
import time

from wire import ICMP, TCP, UDP, checksum

# Seconds: on one host a packet that passes at all passes at once; a lost one is sent again.
PATIENCE, AGAIN = 1.2, 0.4

class Failed(Exception):
    pass


class Probes:
    def __init__(self, wire, seed, cpus, pump):
        """pump(seconds) lets the guest go on: takes in frames, answers them."""
        self.wire, self.seed, self.cpus, self.pump = wire, seed, cpus, pump
        # Seconds that its clock is late: it stood still meanwhile, and nobody has set it.
        self.late = 0

    def run(self, script, guest):
        """The lines that a guest's shell prints to the script it was sent; guest: who ran the run lines."""
        self.guest = guest
        if script.startswith("entropy="):
            self.late = 0
        for line in script.splitlines():
            if line.startswith("check "):
                _, name, _, verb, *words = split(line)
                yield self.check(name, verb, words)
            elif line.startswith("echo "):
                yield split(line)[1]

    def check(self, name, verb, words):
        started = time.monotonic()
        try:
            status, seen = "passed", getattr(self, "ask_" + verb)(*words)
        except Failed as failure:
            status, seen = "failed", str(failure)
        return "%s\t%s\t%d\t%s" % (name, status, (time.monotonic() - started) * 1000, seen)

    def ask_kernel_param(self, name, value):
        return same(value, {"kernel.hostname": self.seed.hostname}.get(name))

    def ask_file(self, path, *words):
        if path == "/etc/hosts":
            for pair in words[1::2]:
                address, name = pair.split()
                same(address, self.seed.host(name))
            return "all names are in it"
        online = {"/sys/devices/system/cpu/online": self.cpus.online}.get(path)
        return same(words[1], online and online())

    def ask_address(self, card, addresses):
        return same(addresses, "%s/%d" % (self.seed.address, self.seed.prefix))

    def ask_route(self, to, via, card):
        return same(via, self.seed.gateway if to == "default" else None)

    def ask_servers(self, servers):
        return same(servers, " ".join(self.seed.resolvers))

    def ask_command(self, line, status, pattern):
        """A guest that knows no shell knows these."""
        if line.startswith("date "):
            return "%.3f" % (time.time() - self.late)
        if line.startswith("cloud_init_ended "):
            return "ended without errors"
        if line == "tell_run_lines":
            begun = " ".join(map(str, self.guest.begun))
            ended = " ".join("%d:%d" % (number, status) for number, status in self.guest.ended)
            return ";".join([begun, ended, "done", binascii.b2a_base64(self.guest.said, newline=False).decode()])
        raise Failed("there is no shell for: " + line)

    def ask_dns(self, name, kind, server, *addresses):
        return "%s is %s" % (name, self.look_up(name))

    def ask_ping(self, host):
        address = self.look_up(host)
        mark = os.urandom(4)
        body = b"\x08\0\0\0" + mark + b"labnet stand-in guest"
        body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
        answered = lambda source, got: source == socket.inet_aton(address) and got[0] == 0 and got[4:8] == mark
        self.ask(ICMP, address, body, answered, host + " does not answer to ping")
        return host + " answers"

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

    def ask_port(self, host, port):
        address, port = self.look_up(host), int(port)
        own, number = 0x8000 | struct.unpack("!H", os.urandom(2))[0], struct.unpack("!I", os.urandom(4))[0]
        failure = "no TCP connection to %s port %d" % (host, port)
        answered = lambda _, got: struct.unpack_from("!HH", got) == (port, own)
        got = self.ask(TCP, address, self.segment(address, own, port, number, 0x02), answered, failure)
        if got[13] & 0x12 != 0x12:
            raise Failed(failure + ": refused")
        # The connection is of no further use.
        self.wire.send_ipv4(TCP, socket.inet_aton(address), self.segment(address, own, port, number + 1, 0x04))
        return "%s port %d accepts" % (host, port)

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


def split(line):
    """The words of a line as quoteWord (src/host/shell-quote.ts) writes them."""
    words, word, quoted = [], None, False
    at = 0
    while at < len(line):
        sign = line[at]
        if quoted and sign == "'":
            quoted = False
        elif quoted:
            word += sign
        elif sign == "'":
            word, quoted = word or "", True
        elif sign == "\\":
            at += 1
            word = (word or "") + line[at:at + 1]
        elif sign == " ":
            if word is not None:
                words.append(word)
            word = None
        else:
            word = (word or "") + sign
        at += 1
    return words if word is None else words + [word]


def same(expected, found):
    if expected == found:
        return found
    raise Failed("%s, expected %s" % (found or "nothing", expected))
