#!/usr/bin/python3 -SE
"""Runs a command on a terminal of its own; types Ctrl-C whenever it is sent SIGUSR1."""
import fcntl
import os
import pty
import signal
import struct
import sys
import termios

child, terminal = pty.fork()
if child == 0:
    # Of the usual size: one without columns would show a letter a line.
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGUSR1, lambda *_: os.write(terminal, b"\x03"))
while True:
    try:
        got = os.read(terminal, 65536)
    except OSError:
        break
    if not got:
        break
    os.write(1, got)
status = os.waitpid(child, 0)[1]
sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
