"""Beside systemd-networkd, which has a card of its own to look after, and none of the lab's."""
from bed import run
import beside

network = '''[Match]
Name=office0
[Network]
Address=10.20.30.1/24
'''


def start():
    run('ip', 'link', 'add', 'office0', 'type', 'dummy')
    with open('/etc/systemd/network/office.network', 'w') as file:
        file.write(network)
    run('systemctl', 'enable', '--now', 'systemd-networkd')
    run('/usr/lib/systemd/systemd-networkd-wait-online', '--interface=office0', '--timeout=60')


stages = beside.stages([], start, refused=False)
