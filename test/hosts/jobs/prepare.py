"""What most jobs begin with: a stock host on which labnet has been installed, with the base image in its store."""
from bed import run, step
import labnet


def main():
    with step('install'):
        labnet.install()
    with step('image'):
        labnet.bring_image()
    with step('version'):
        run('labnet --version', user='stu')


stages = [main]
