"""What a seed tells its guest. The ISO is not compressed, so its texts are found by what they say."""
from quick_json import loads


class Seed:
    def __init__(self, path):
        with open(path, "rb") as file:
            lines = file.read().decode("utf-8", "replace").split("\n")
        self.instance_id = scalar(lines, "instance-id: ")
        self.hostname = scalar(lines, "hostname: ")
        self.address, prefix = scalar(lines, "address: ").split("/")
        self.prefix = int(prefix)
        self.gateway = scalar(lines, "gateway: ")
        self.resolvers = items(lines, "dns_nameservers:")
        self.host_key = scalar(lines, "ed25519_public: ")
        self.client_keys = items(lines, "ssh_authorized_keys:")
        files = [loads(line[4:]) for line in lines if line.startswith("  - {") and line.endswith("}")]
        self.hosts = next(file["content"] for file in files if file["path"] == "/etc/hosts")
        self.run = [file["content"] for file in files if file["path"].startswith("/var/lib/labnet/line-")]
        power = [loads(line.partition(": ")[2]) for line in lines if line.startswith('"power_state": ')]
        self.power = power[0]["mode"] if power else None

    def host(self, name):
        """The address /etc/hosts gives to a name."""
        for line in self.hosts.splitlines():
            words = line.split()
            if name in words[1:]:
                return words[0]
        return None


def scalar(lines, key):
    """The first value of that key, however deep it stands. @raises ValueError"""
    for line in lines:
        if line.lstrip(" ").startswith(key):
            return loads(line.lstrip(" ")[len(key):])
    raise ValueError("the seed lacks " + key)


def items(lines, key):
    """The list below that key, an item a line; empty where there is none."""
    found = []
    keys = [line.strip(" ") for line in lines]
    if key in keys:
        for line in keys[keys.index(key) + 1:]:
            if not line.startswith("- "):
                break
            found.append(loads(line[2:]))
    return found
