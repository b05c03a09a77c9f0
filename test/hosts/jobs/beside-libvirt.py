"""Beside libvirt with its default network up."""
from bed import run
import beside


def start():
    run('virsh', 'net-start', 'default')


stages = beside.stages(['libvirt-daemon-system', 'libvirt-daemon-config-network', 'libvirt-clients', 'dnsmasq-base'], start, refused=False)
