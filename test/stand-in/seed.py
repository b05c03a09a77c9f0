"""What a seed tells its guest. The ISO is not compressed, so its texts are found by what they say."""
import json
import re


class Seed:
    def __init__(self, path):
        with open(path, "rb") as file:
            text = file.read().decode("utf-8", "replace")
        self.instance_id = scalar(text, r"^instance-id: (.*)$")
        self.hostname = scalar(text, r"^hostname: (.*)$")
        self.address, prefix = scalar(text, r"^ +address: (.*)$").split("/")
        self.prefix = int(prefix)
        self.gateway = scalar(text, r"^ +gateway: (.*)$")
        servers = re.search(r"^ +dns_nameservers:\n((?: +- .*\n)*)", text, re.M)
        lines = [] if servers is None else servers.group(1).splitlines()
        self.resolvers = [json.loads(line.strip()[2:]) for line in lines]
        self.host_key = scalar(text, r"^  ed25519_public: (.*)$")
        keys = re.search(r"^    ssh_authorized_keys:\n((?: +- .*\n)*)", text, re.M)
        self.client_keys = [json.loads(line.strip()[2:]) for line in keys.group(1).splitlines()]
        files = [json.loads(line) for line in re.findall(r"^  - (\{.*\})$", text, re.M)]
        self.hosts = next(file["content"] for file in files if file["path"] == "/etc/hosts")

    def host(self, name):
        """The address /etc/hosts gives to a name."""
        for line in self.hosts.splitlines():
            words = line.split()
            if name in words[1:]:
                return words[0]
        return None


def scalar(text, pattern):
    found = re.search(pattern, text, re.M)
    if found is None:
        raise ValueError("the seed lacks " + pattern)
    return json.loads(found.group(1))
