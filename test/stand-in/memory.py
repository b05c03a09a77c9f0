"""A machine's memory, in which a few random bytes stand for all that a guest has loaded, and what is saved of it."""
import mmap
import os
import zlib

from quick_json import dumps, loads

HEAD, TAIL = b"QEVM of a stand-in\n", b"\nend of the state"
LENGTH = 16


class Memory:
    def __init__(self, backend, mebibytes):
        """backend: the values of -object memory-backend-file; empty where the memory lies in no file. @raises OSError"""
        self.shared = backend.get("share") == "on"
        size = mebibytes * 1024 * 1024
        if "mem-path" not in backend:
            self.content = bytearray(os.urandom(LENGTH))
            return
        # Read-write in any case, as QEMU before 8.2 (softmmu/physmem.c).
        file = os.open(backend["mem-path"], os.O_RDWR)
        if self.shared:
            os.ftruncate(file, size)
        elif os.fstat(file).st_size != size:
            raise OSError("backing store size does not match 'size' option")
        self.content = mmap.mmap(file, size, mmap.MAP_SHARED if self.shared else mmap.MAP_PRIVATE)
        os.close(file)
        if self.shared:
            self.content[:LENGTH] = os.urandom(LENGTH)

    def save(self, devices, apart):
        """apart: memory that is shared with a file is left there (x-ignore-shared)."""
        loaded = bytes(self.content[:LENGTH])
        memory = None if apart and self.shared else loaded.hex()
        state = {**devices, "memory": memory, "digest": zlib.crc32(loaded)}
        return HEAD + dumps(state).encode() + b" " * 65536 + TAIL

    def load(self, content, apart):
        """The devices of a state. @raises ValueError"""
        if not (content.startswith(HEAD) and content.endswith(TAIL)):
            raise ValueError("it is cut short")
        state = loads(content[len(HEAD):-len(TAIL)])
        if (state["memory"] is None) != apart:
            raise ValueError("whoever saved it was told otherwise of x-ignore-shared")
        if not apart:
            self.content[:LENGTH] = bytes.fromhex(state["memory"])
        if zlib.crc32(self.content[:LENGTH]) != state["digest"]:
            raise ValueError("the memory is another state's")
        return state
