"""The far side of a host's uplink, run in a namespace of its own: answers DNS and HTTP, as an internet would."""
import socket, struct, threading

address, name = '203.0.113.80', 'www.internet.test'


def answers(query):
    """The address for the one name that there is; for others, that there is no such name."""
    end = 12
    labels = []
    while query[end]:
        labels.append(query[end + 1:end + 1 + query[end]].decode('ascii', 'replace'))
        end += 1 + query[end]
    question = query[12:end + 5]
    kind, = struct.unpack('!H', query[end + 1:end + 3])
    known = '.'.join(labels).lower() == name
    found = known and kind == 1
    flags = 0x8180 if known else 0x8183
    head = query[:2] + struct.pack('!HHHHH', flags, 1, 1 if found else 0, 0, 0)
    record = b'\xc0\x0c' + struct.pack('!HHIH', 1, 1, 60, 4) + socket.inet_aton(address)
    return head + question + (record if found else b'')


def dns():
    port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    port.bind((address, 53))
    while True:
        query, asker = port.recvfrom(2048)
        try:
            port.sendto(answers(query), asker)
        except (IndexError, struct.error):
            pass  # This was no question.


def http():
    port = socket.create_server((address, 80), backlog=64)
    while True:
        one, _ = port.accept()
        one.settimeout(10)
        try:
            one.recv(4096)
            one.sendall(b'HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\ninternet\n')
        except OSError:
            pass  # It has gone away.
        one.close()


threading.Thread(target=dns, daemon=True).start()
http()
