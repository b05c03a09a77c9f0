"""Who types it: an ordinary user makes a lab without root, with the internet behind the PC's uplink, and it outlives his logout;
root's lab is told to be root's; root on a PC without sudo needs none."""
import os, time
from bed import expect, run, seen, step, succeeds, until
import labnet, snapshot, uplink


def of_stu():
    """What runs as stu, but for what his session is made of."""
    own = ('systemd', '(sd-pam)', 'dbus-daemon')
    lines = run('ps', '--no-headers', '-u', 'stu', '-o', 'comm', status=None).out.split('\n')
    return [line for line in map(str.strip, lines) if line and line not in own]


def shared(taken):
    """What of a PC is not the user's own: his store and what is kept of labs stay in his home."""
    own = ('/home/stu/.local', '/home/stu/.cache')
    return {**taken, 'files': [line for line in taken['files'] if not any(place in line for place in own)]}


def network(taken):
    return {part: taken[part] for part in ('links', 'routes', 'rules', 'nft', 'iptables', 'settings', 'namespaces')}


def main():
    labnet.has_kvm()
    with step('uplink'):
        uplink.plug_in()
    with step('what the admin does'):
        run('apt-get', 'install', '--yes', 'passt')
        run('adduser', 'stu', 'kvm')
    labnet.lab_file('/home/stu/own.yaml', labnet.own_lab)
    os.chmod('/home/stu', 0o700)
    before = snapshot.take()
    with step('provision without root'):
        answer = labnet.provisioned(run('labnet provision own.yaml --json', user='stu'), 1, 'kvm')
        labnet.really_kvm(1)
        seen(labnet.times(answer))
    with step('after the logout'):
        # logind stops a user's own manager 10 s after his last session (UserStopDelaySec); what he left running is his still.
        time.sleep(15)
        run('loginctl', 'user-status', 'stu', status=None)
        # Not by ping, which a PC may forbid to ordinary users.
        run(f"labnet ssh vm1 -- 'exec 3<> /dev/tcp/{uplink.server}/80'", user='stu')
        run('labnet verify', user='stu')
        run('labnet status', user='stu')
    with step("the PC's network is as it was while the lab is up"):
        snapshot.same(network(before), network(snapshot.take()))
    with step('his own root in the network of the lab'):
        said = run('labnet host -- ip -brief link', user='stu').out
        expect('br0' in said and 'tap0' in said, said)
    with step('the PC ends all that he runs'):
        run('loginctl', 'terminate-user', 'stu', status=None)
        run('pkill', '-KILL', '-u', 'stu', status=None)
        until('nothing of his runs', lambda: not of_stu())
        said = run('labnet status', user='stu', status=None).out
        expect('stopped, the host was rebooted' in said, said)
        labnet.provisioned(run('labnet provision own.yaml --json', user='stu'), 1, 'kvm')
    with step('destroy without root'):
        labnet.destroyed(run('labnet destroy --yes --check', user='stu'))
        expect(not of_stu(), f'stu still runs {of_stu()}')
        snapshot.same(shared(before), shared(snapshot.take()))
    with step('a lab of root'):
        labnet.provisioned(run('sudo labnet provision own.yaml --json', user='stu'), 1, 'kvm')
        error = run('labnet status lab --json', user='stu', status=4).json()['error']
        seen(f'{error["message"]} / {error["hint"]}')
        lines = [line.strip() for line in error['hint'].splitlines() if line.strip().startswith('sudo ')]
        expect(len(lines) == 1, f'no line to type: {error["hint"]}')
    with step('the line that it said'):
        run(lines[0], user='stu')
        labnet.destroyed(run('sudo labnet destroy --yes --check', user='stu'))
    with step('sudo goes'):
        run('env', 'SUDO_FORCE_REMOVE=yes', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'purge', '--yes', 'sudo')
        expect(not succeeds('which', 'sudo'), 'sudo is still there')
    with step('root without sudo'):
        labnet.provisioned(run('labnet', 'provision', '/home/stu/own.yaml', '--json'), 1, 'kvm')
        labnet.destroyed(run('labnet', 'destroy', '--yes', '--check'))


stages = [main]
