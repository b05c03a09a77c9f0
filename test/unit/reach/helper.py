"""QEMU's port and who sits at its other end: runs guest/reach.sh on a terminal in raw mode, and hands on what comes from
standard input and what it says. The kernel's port holds a write back until somebody listens; a terminal does not."""
import os
import pty
import select
import subprocess
import sys
import tty

program, work = sys.argv[1:]
ours, guests = pty.openpty()
tty.setraw(guests)
text = open(program).read().replace("/dev/virtio-ports/labnet.reach", os.ttyname(guests)).replace("/run/labnet-reach", work)
shell = subprocess.Popen(["sh", "-c", text], stdin=subprocess.DEVNULL)
try:
    inputs = [0, ours]
    while inputs:
        for one in select.select(inputs, [], [])[0]:
            data = os.read(one, 65536)
            if one == 0 and not data:
                sys.exit()
            os.write(ours if one == 0 else 1, data)
finally:
    shell.kill()
    shell.wait()
