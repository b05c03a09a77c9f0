"""A real reboot with a lab up: status names it, provision boots the same disks again."""
from bed import expect, run, seen, step
import labnet, snapshot, uplink

proof = 'written before the reboot'


def before_the_reboot():
    labnet.has_kvm()
    with step('uplink'):
        uplink.plug_in()
    labnet.lab_file('/home/stu/own.yaml', labnet.own_lab)
    snapshot.keep('before')
    with step('provision'):
        seen(labnet.times(labnet.provisioned(run('sudo labnet provision own.yaml --json', user='stu'), 1, 'kvm')))
    with step('write in the VM'):
        run(f'sudo labnet ssh vm1 -- "echo {proof} > proof; sync"', user='stu')


def after_the_reboot():
    with step('the host is up again'):
        uplink.is_up()
    with step('status names the reboot'):
        answer = run('sudo labnet status --json', user='stu', status=1).json()
        expect(answer['lab'] == 'lab' and answer['rebooted'] and not answer['ok'], f'status says: {answer}')
        said = run('sudo labnet status', user='stu', status=1).out
        expect('the host was rebooted' in said, f'status says: {said}')
    with step('provision again'):
        seen(labnet.times(labnet.provisioned(run('sudo labnet provision own.yaml --json', user='stu'), 1, 'kvm')))
    with step('the same disk'):
        said = run('sudo labnet ssh vm1 -- cat proof', user='stu').out
        expect(said.strip() == proof, f'the VM has {said!r}')
    with step('destroy'):
        run('sudo labnet destroy --yes', user='stu')
        snapshot.as_kept('before')


stages = [before_the_reboot, after_the_reboot]
