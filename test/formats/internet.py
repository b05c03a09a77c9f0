#!/usr/bin/python3 -SE
"""A helper process of a sandbox as labnet 0.1 started it: HTTP and DNS at one address, first as root, then under a uid of
the lab's own, with the lab's uuid as its last word: internet.py stand-in-internet ADDRESS NAME READY UID UUID"""
import os
import selectors
import socket
import sys

_, _, address, name, ready, uid, _ = sys.argv
question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def answer(query):
    """An address for the name, or the news that there is no such name (RFC 1035, section 4)."""
    end = query.index(b"\0", 12) + 5
    known = query[12:end - 4].lower() == question
    head = query[:2] + (b"\x84\x80" if known else b"\x84\x83") + b"\0\1" + (b"\0\1" if known else b"\0\0") + b"\0\0\0\0"
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(address)
    return head + query[12:end] + (record if known else b"")


def serve_http(listener):
    connection = listener.accept()[0]
    connection.settimeout(2)
    try:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    except OSError:
        pass
    connection.close()


def serve_dns(server):
    query, sender = server.recvfrom(512)
    server.sendto(answer(query), sender)


http = socket.create_server((address, 80))
dns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
dns.bind((address, 53))
os.setgroups([])
os.setgid(int(uid))
os.setuid(int(uid))
open(ready, "x").close()
asked = selectors.DefaultSelector()
asked.register(http, selectors.EVENT_READ, serve_http)
asked.register(dns, selectors.EVENT_READ, serve_dns)
while True:
    for key, _ in asked.select():
        key.data(key.fileobj)
