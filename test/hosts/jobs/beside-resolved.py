"""Beside systemd-resolved: guests must get the host's real resolver, not the stub on a loopback address."""
from bed import expect, run
import beside, uplink


def start():
    run('systemctl', 'restart', 'systemd-resolved', 'NetworkManager')
    uplink.is_up(resolver='127.0.0.53')
    expect(uplink.server in run('resolvectl', 'dns').out, 'resolved does not know the resolver')


stages = beside.stages(['systemd-resolved'], start, refused=False)
