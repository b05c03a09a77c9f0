"""Sockets that speak in lines."""
from _socket import socket

from quick_json import dumps


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


def accept(listener):
    return socket(fileno=listener._accept()[0])


def say(connection, message):
    try:
        connection.sendall(dumps(message).encode() + b"\r\n")
    except OSError:
        pass
