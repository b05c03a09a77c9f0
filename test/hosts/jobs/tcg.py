"""The same lab where there is no KVM: emulation in an emulated PC, with patience."""
from bed import expect, run, seen, step
import labnet


def main():
    with step('no kvm'):
        # Its node may come a while after the boot, and comes again when it is removed.
        labnet.has_kvm()
        run('mount', '--bind', '/dev/null', '/dev/kvm')
    labnet.lab_file('/home/stu/lab.yaml', labnet.one_vm)
    with step('provision'):
        line = 'sudo labnet provision lab.yaml --sandbox --cold --patience 8 --json'
        answer = labnet.provisioned(run(line, user='stu'), 1, 'tcg')
        seen(labnet.times(answer))
    with step('destroy'):
        labnet.destroyed(run('sudo labnet destroy --yes --check', user='stu'))


stages = [main]
