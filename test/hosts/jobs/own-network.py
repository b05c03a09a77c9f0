"""A lab on the host's own network, beside NetworkManager: NAT works, each keeps off the other's links, nothing is left."""
from bed import expect, run, seen, step
import labnet, snapshot, uplink


def devices():
    return dict(line.split(':', 1) for line in run('nmcli', '-t', '-f', 'DEVICE,STATE', 'device').out.splitlines())


def main():
    labnet.has_kvm()
    with step('uplink'):
        uplink.plug_in()
        expect(devices().get('eth0') == 'connected', f'NetworkManager does not hold the uplink: {devices()}')
    labnet.lab_file('/home/stu/own.yaml', labnet.own_lab)
    before = snapshot.take()
    with step('provision'):
        answer = labnet.provisioned(run('sudo labnet provision own.yaml --json', user='stu'), 1, 'kvm')
        seen(labnet.times(answer))
    with step('links are left alone'):
        state = devices()
        for name in ('br0', 'tap0'):
            expect(state.get(name) == 'unmanaged', f'NetworkManager has {name}: {state}')
    with step('the internet through NAT'):
        said = run(f'sudo labnet ssh vm1 -- ping -c 2 {uplink.server}', user='stu').out
        expect('2 received' in said, said)
    with step('NetworkManager starts again'):
        run('systemctl', 'restart', 'NetworkManager')
        uplink.is_up()
        run('sudo labnet status', user='stu')
        run('sudo labnet verify', user='stu')
        expect(devices().get('br0') == 'unmanaged', f'NetworkManager has br0: {devices()}')
    with step('destroy'):
        labnet.destroyed(run('sudo labnet destroy --yes --check', user='stu'))
        snapshot.same(before, snapshot.take())


stages = [main]
