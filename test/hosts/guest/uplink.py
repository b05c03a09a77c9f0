"""The host's own way out, as NetworkManager gives it: a cable whose other end plays the internet."""
from bed import read, run, succeeds, until

gateway, server, name = '198.51.100.1', '203.0.113.80', 'www.internet.test'

# At each boot: the far side is another machine, which has always been there.
script = f'''#!/bin/sh -e
ip netns add internet
ip link add name eth0 address 02:00:00:00:00:01 type veth peer name up0 address 02:00:00:00:00:02 netns internet
ip netns exec internet sh -e -c '
ip link set dev lo up
ip address add {server}/32 dev lo
ip address add {gateway}/24 dev up0
ip link set dev up0 up'
ip netns exec internet python3 /usr/local/lib/bed-internet.py &
'''

unit = '''[Unit]
Description=The far side of the uplink
Before=NetworkManager.service
[Service]
Type=forking
ExecStart=/usr/local/lib/bed-uplink
[Install]
WantedBy=multi-user.target
'''

# NetworkManager leaves veth links alone unless it is told that this one is a card.
rule = 'ACTION!="remove", SUBSYSTEM=="net", ENV{INTERFACE}=="eth0", ENV{NM_UNMANAGED}="0"\n'

connection = f'''[connection]
id=wired
type=ethernet
interface-name=eth0
[ipv4]
method=manual
address1=198.51.100.2/24,{gateway}
dns={server};
[ipv6]
method=disabled
'''


def write(path, text, mode):
    with open(path, 'w') as file:
        file.write(text)
    run('chmod', mode, path)


def plug_in():
    """Now and after each boot."""
    run('cp', '/job/internet.py', '/usr/local/lib/bed-internet.py')
    write('/usr/local/lib/bed-uplink', script, '755')
    write('/etc/systemd/system/bed-uplink.service', unit, '644')
    write('/etc/udev/rules.d/86-bed-uplink.rules', rule, '644')
    write('/etc/NetworkManager/system-connections/wired.nmconnection', connection, '600')
    run('udevadm', 'control', '--reload')
    run('systemctl', 'daemon-reload')
    run('systemctl', 'enable', '--now', 'bed-uplink.service')
    run('nmcli', 'connection', 'reload')
    is_up()


def is_up(resolver=server):
    """NetworkManager has brought the uplink up, and the internet answers."""
    until('a default route', lambda: succeeds('sh', '-c', 'ip route show default | grep -q eth0'), 120)
    until('the internet answers', lambda: succeeds('ping', '-c', '1', '-W', '2', server))
    until(f'resolv.conf names {resolver}', lambda: f'nameserver {resolver}' in read('/etc/resolv.conf'))
