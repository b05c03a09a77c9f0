#!/usr/bin/python3 -SE
"""Runs a command on a terminal of its own; types Ctrl-C whenever it is sent SIGUSR1, and after SIGUSR2 until it has ended."""
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
for each in (signal.SIGUSR1, signal.SIGALRM):
    signal.signal(each, lambda *_: os.write(terminal, b"\x03"))
# As fast as a key repeats that is held down.
signal.signal(signal.SIGUSR2, lambda *_: signal.setitimer(signal.ITIMER_REAL, 0.03, 0.03))
try:
    while got := os.read(terminal, 65536):
        os.write(1, got)
except OSError:
    pass
signal.setitimer(signal.ITIMER_REAL, 0)
status = os.waitpid(child, 0)[1]
sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
