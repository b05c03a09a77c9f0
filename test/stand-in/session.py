"""An ssh session into a stand-in guest: keys and known_hosts are checked as ssh would, the script's probes are asked
for. The guest is found by its address in this network namespace."""
import _socket as socket
import sys

from quick_json import dumps, loads


def main(argv):
    options = [value for option, value in zip(argv, argv[1:]) if option == "-o"]
    settings = dict(option.split("=", 1) for option in options)
    identity = argv[argv.index("-i") + 1]
    address = next(word for word in argv if "@" in word and not word.startswith("-")).split("@")[1]
    guest = socket.socket(socket.AF_UNIX)
    try:
        guest.connect("\0labnet-stand-in/" + address)
    except OSError:
        die("ssh: connect to host %s port 22: Connection refused" % address)
    stream = open(guest.detach(), "r+b", buffering=0)
    hello = loads(stream.readline())
    alias = settings["HostKeyAlias"]
    try:
        with open(settings["UserKnownHostsFile"]) as file:
            known = [line.split() for line in file]
        with open(identity):
            pass
        with open(identity + ".pub") as file:
            key = file.read().split()[:2]
    except OSError as error:
        die(str(error))
    if [words[1:3] for words in known if alias in words[0].split(",")] != [hello["hostKey"].split()[:2]]:
        die("Host key verification failed.")
    if key not in [one.split()[:2] for one in hello["clientKeys"]]:
        die("%s: Permission denied (publickey)." % address)
    stream.write(dumps({"script": sys.stdin.read()}).encode() + b"\n")
    sys.stdout.write(stream.read().decode())


def die(message):
    sys.stderr.write(message + "\n")
    sys.exit(255)
