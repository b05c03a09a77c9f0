"""labnet@lab.service at boot, and QEMUs that outlive the session or the service in which somebody has typed provision."""
import os
from bed import expect, read, run, seen, step, until
import labnet, snapshot, uplink

provision = 'sudo labnet provision own.yaml --json'


def in_scopes():
    """Each QEMU is in a scope of its own, which no session and no other unit is above."""
    for pid in labnet.machines():
        group = read(f'/proc/{pid}/cgroup').strip().split(':')[-1]
        slice, unit = os.path.split(group)
        expect(slice == '/system.slice' and unit.endswith('.scope'), f'{pid} is in {group}')
        said = run('systemctl', 'show', '--property=Description', '--value', unit).out.strip()
        expect(said == 'labnet lab vm1', f'{unit} is {said}')


def before_the_reboot():
    labnet.has_kvm()
    with step('uplink'):
        uplink.plug_in()
        with open('/etc/systemd/logind.conf', 'a') as file:
            file.write('[Login]\nKillUserProcesses=yes\n')
        run('systemctl', 'restart', 'systemd-logind')
    labnet.lab_file('/home/stu/own.yaml', labnet.own_lab)
    snapshot.keep('before')
    with step('QEMUs outlive the session'):
        # su opens a session of logind's, and its end kills all that is in it.
        seen(labnet.times(labnet.provisioned(run(provision, user='stu'), 1, 'kvm')))
        run('loginctl', 'kill-user', 'stu', status=None)
        in_scopes()
        run('sudo labnet status', user='stu')
        labnet.destroyed(run('sudo labnet destroy --yes --check', user='stu'))
    with step('QEMUs outlive a service'):
        run('systemd-run', '--unit=lesson', '--wait', '--property=RemainAfterExit=no', '--property=Type=oneshot',
            'labnet', 'provision', '/home/stu/own.yaml')
        run('systemctl', 'stop', 'lesson', status=None)
        in_scopes()
        run('sudo labnet status', user='stu')
    with step('enable the unit'):
        run('sudo systemctl enable labnet@lab', user='stu')


def after_the_reboot():
    with step('the lab is up after the boot'):
        until('labnet@lab is active', lambda: run('systemctl', 'is-active', 'labnet@lab', status=None).out.strip() == 'active', 900)
        in_scopes()
        run('sudo labnet status', user='stu')
        expect(len(labnet.machines()) == 1, 'its VM does not run')
    with step('stop takes it down'):
        run('sudo systemctl stop labnet@lab', user='stu', timeout_s=300)
        expect(not labnet.machines(), 'a QEMU still runs')
    with step('destroy'):
        run('sudo systemctl disable labnet@lab', user='stu')
        run('sudo labnet destroy --yes', user='stu')
        snapshot.as_kept('before')


stages = [before_the_reboot, after_the_reboot]
