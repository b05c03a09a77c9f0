"""Beside ufw, which drops what is forwarded until it is told otherwise."""
from bed import run
import beside


def start():
    run('ufw', '--force', 'enable')


stages = beside.stages(['ufw'], start, refused=True)
