"""The main job: from a stock PC to a lab under KVM that is proved, entered, kept, made again, and gone without a trace."""
from bed import expect, run, seen, step
import labnet


def main():
    with step('kvm'):
        labnet.has_kvm()
    with step('install'):
        labnet.install()
    with step('version'):
        run('labnet --version', user='stu')
    with step('image'):
        labnet.bring_image()
    labnet.lab_file('/home/stu/lab.yaml', labnet.one_vm)
    with step('provision'):
        answer = labnet.provisioned(run('sudo labnet provision lab.yaml --sandbox --cold --json', user='stu'), 1, 'kvm')
        seen(labnet.times(answer))
    with step('kvm is used'):
        labnet.really_kvm(1)
    with step('status'):
        run('sudo labnet status', user='stu')
    with step('ssh'):
        said = run('sudo labnet ssh vm1 -- hostname', user='stu').out
        expect(said.strip() == 'vm1', f'vm1 says that it is {said!r}')
    with step('destroy'):
        labnet.destroyed(run('sudo labnet destroy --yes --check', user='stu'))
    with step('provision from the kept lab'):
        answer = labnet.provisioned(run('sudo labnet provision lab.yaml --sandbox --json', user='stu'), 1, 'kvm')
        seen(labnet.times(answer))
        expect(all('boot' not in vm for vm in answer['vms']), f'it booted: {answer["vms"]}')
        labnet.really_kvm(1)
    with step('destroy again'):
        labnet.destroyed(run('sudo labnet destroy --yes --check', user='stu'))


stages = [main]
