"""What most jobs begin with: a stock host on which labnet has been installed, with the base image in its store, and with a lab
on its own network that has been proved once, so that it is kept: a boot is minutes of an emulated PC."""
from bed import run, seen, step
import labnet, uplink


def main():
    with step('install'):
        labnet.install()
    with step('image'):
        labnet.bring_image()
    with step('version'):
        run('labnet --version', user='stu')
    with step('uplink'):
        labnet.has_kvm()
        uplink.plug_in()
    labnet.lab_file('/home/stu/own.yaml', labnet.own_lab)
    with step('a lab to keep'):
        seen(labnet.times(labnet.provisioned(run('sudo labnet provision own.yaml --cold --json', user='stu'), 1, 'kvm')))
        labnet.destroyed(run('sudo labnet destroy --yes --check', user='stu'))


stages = [main]
