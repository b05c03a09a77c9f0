"""The template and its clones under KVM: made beforehand, then two VMs that go on from it."""
from bed import expect, run, seen, step
import labnet

lab = '''name: lab
defaults: {cpus: 1}
vms: {vm1: {}, vm2: {}}
'''


def main():
    labnet.has_kvm()
    labnet.lab_file('/home/stu/lab.yaml', lab)
    with step('image warm'):
        run('sudo labnet image warm lab.yaml', user='stu')
    with step('provision two clones'):
        answer = labnet.provisioned(run('sudo labnet provision lab.yaml --sandbox --json', user='stu'), 2, 'kvm')
        seen(labnet.times(answer))
    with step('kvm is used'):
        labnet.really_kvm(2)
    with step('no two are the same'):
        said = [run(f'sudo labnet ssh {vm} -- cat /etc/machine-id', user='stu').out for vm in ('vm1', 'vm2')]
        expect(said[0].strip() and said[0] != said[1], f'their machine ids are {said}')
    with step('destroy'):
        labnet.destroyed(run('sudo labnet destroy --yes --check', user='stu'))


stages = [main]
