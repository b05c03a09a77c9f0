"""A guest on the wire: frames of its own MAC and address, in and out of its tap. No trust in the host: what it sees is
what came through bridge, rules and NAT."""
import _socket as socket
import errno
import fcntl
import os
import struct

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
BROADCAST = b"\xff" * 6
ARP, IPV4 = 0x0806, 0x0800
ICMP, TCP, UDP = 1, 6, 17


def open_tap(name):
    """Attaches to a tap as QEMU does: its owner alone may. @raises OSError"""
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return tap


class Wire:
    def __init__(self, tap, mac, address, prefix, gateway):
        self.tap = tap
        self.mac = bytes.fromhex(mac.replace(":", ""))
        self.address = socket.inet_aton(address)
        self.mask = (0xFFFFFFFF << (32 - prefix)) & 0xFFFFFFFF
        self.gateway = socket.inet_aton(gateway)
        self.neighbours = {}
        self.inbox = []

    def receive(self):
        """Takes in what has come; answers what a guest's kernel answers. False when the tap is gone."""
        while True:
            try:
                frame = os.read(self.tap, 65536)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if len(frame) >= 14 and frame[:6] in (self.mac, BROADCAST):
                kind = struct.unpack_from("!H", frame, 12)[0]
                if kind == ARP:
                    self.arp(frame[14:])
                elif kind == IPV4:
                    self.ipv4(frame[6:12], frame[14:])

    def arp(self, packet):
        operation, their_mac, their_address, _, wanted = struct.unpack_from("!6xH6s4s6s4s", packet)
        if wanted != self.address:
            return
        self.neighbours[their_address] = their_mac
        if operation == 1:
            self.send_arp(2, their_mac, their_address)

    def send_arp(self, operation, mac, address):
        to = BROADCAST if operation == 1 else mac
        head = struct.pack("!HHBBH", 1, IPV4, 6, 4, operation)
        self.send(to, ARP, head + self.mac + self.address + (b"\0" * 6 if operation == 1 else mac) + address)

    def ipv4(self, sender, packet):
        length = (packet[0] & 15) * 4
        total, protocol = struct.unpack_from("!H", packet, 2)[0], packet[9]
        source, target = packet[12:16], packet[16:20]
        if target != self.address:
            return
        body = packet[length:total]
        if protocol == ICMP and body[0] == 8:
            answer = b"\0\0\0\0" + body[4:]
            answer = answer[:2] + struct.pack("!H", checksum(answer)) + answer[4:]
            self.neighbours.setdefault(self.next_hop(source), sender)
            self.send_ipv4(ICMP, source, answer)
        else:
            self.inbox.append((protocol, source, body))

    def next_hop(self, target):
        number, own = (struct.unpack("!I", one)[0] & self.mask for one in (target, self.address))
        return target if number == own else self.gateway

    def send_ipv4(self, protocol, target, body):
        """To a neighbour whose MAC is known."""
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0x4000, 64, protocol, 0, self.address, target)
        head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
        self.send(self.neighbours[self.next_hop(target)], IPV4, head + body)

    def send(self, to, kind, payload):
        try:
            os.write(self.tap, to + self.mac + struct.pack("!H", kind) + payload)
        except OSError as error:
            # A cable that is unplugged (EIO) or gone (EBADFD) carries nothing; a guest does not die of it.
            if error.errno not in (errno.EIO, errno.EBADFD, errno.ENXIO):
                raise


def checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
