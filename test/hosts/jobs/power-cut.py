"""The PC loses its power at five moments of provision and destroy: afterwards destroy leaves it as it was before the lab."""
import os, subprocess, threading, time
from bed import expect, note, power_cut, run, seen, step, succeeds
import labnet, snapshot, uplink


def there(path):
    return lambda: os.path.exists(path)


link = '/sys/class/net/br0'
# What is seen of the run tells the moment.
provision = ('provision', 'sudo labnet provision own.yaml --cold --fresh')
destroy = ('destroy', 'sudo labnet destroy --yes')
moments = [
    ('the journal has begun', provision, there('/var/lib/labnet/labs/lab/journal.jsonl')),
    ('the bridge is there', provision, there(link)),
    ('the VM boots', provision, lambda: bool(labnet.machines())),
    ('the VM is gone', destroy, lambda: not labnet.machines()),
    ('the bridge is gone', destroy, lambda: not os.path.exists(link)),
]


def prepare():
    labnet.has_kvm()
    with step('uplink'):
        uplink.plug_in()
    labnet.lab_file('/home/stu/own.yaml', labnet.own_lab)
    snapshot.keep('before')


def cut(name, kind, line, moment):
    def stage():
        if kind == 'destroy':
            with step(f'a lab to destroy until {name}'):
                labnet.provisioned(run('sudo labnet provision own.yaml --json', user='stu'), 1, 'kvm')
        with step(f'{kind} until {name}'):
            process = subprocess.Popen(('su', '--login', 'stu', '--command', line), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            deadline = time.monotonic() + 600
            while not moment():
                expect(process.poll() is None, f'{line} has ended with {process.returncode} before {name}')
                expect(time.monotonic() < deadline, f'not within 600 s: {name}')
                time.sleep(0.02)
            expect(process.poll() is None, f'{line} had ended already when {name}')
        power_cut()
    return stage


def recover(name):
    def stage():
        with step(f'after the cut at: {name}'):
            uplink.is_up()
            run('sudo labnet destroy --yes', user='stu')
            snapshot.as_kept('before')
    return stage


stages = [prepare] + [stage for name, (kind, line), moment in moments
                      for stage in (cut(name, kind, line, moment), recover(name))]
