"""Beside Docker, whose rules drop what it does not forward itself: labnet asks for a way in DOCKER-USER."""
from bed import run
import beside


def start():
    run('docker', 'info')


stages = beside.stages(['docker.io', 'docker-cli'], start, refused=False)
