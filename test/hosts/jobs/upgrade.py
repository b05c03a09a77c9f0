"""Today's labnet meets a lab that 8d3a376 has made and that is up: status, ssh, provision, repair and destroy go on working."""
import time
from bed import expect, run, seen, step
import labnet, snapshot, uplink

# With the Node that it asked for, which Debian 12 does not have.
earlier = '/srv/earlier/node /srv/earlier/dist/cli.js'


def late_s():
    """Seconds that the clock of the VM is behind the PC's."""
    said = run('sudo labnet ssh vm1 -- date +%s.%N', user='stu').out
    return time.time() - float(said)


def main():
    with step('an earlier labnet'):
        labnet.has_kvm()
        run('mkdir', '-p', '/srv/earlier')
        run('mount', '-o', 'ro', '/dev/vdd', '/srv/earlier')
        # Of netbase, which installers put on a PC: without it nft prints numbers, which 8d3a376 takes for other rules.
        with open('/etc/protocols', 'w') as file:
            file.write('icmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\n')
    with step('uplink'):
        uplink.plug_in()
    labnet.lab_file('/home/stu/own.yaml', labnet.own_lab)
    before = snapshot.take()
    with step('provision by 8d3a376'):
        line = f'sudo {earlier} provision own.yaml --cold --json'
        seen(labnet.times(labnet.provisioned(run(line, user='stu'), 1, 'kvm')))
    with step('status'):
        run('sudo labnet status', user='stu')
    with step('ssh'):
        said = run('sudo labnet ssh vm1 -- hostname', user='stu').out
        expect(said.strip() == 'vm1', f'vm1 says that it is {said!r}')
    with step('clock'):
        # 8d3a376 keeps a lab by having its VMs stand still, and leaves their clocks as late as that.
        seen(f'the clock of the VM is {late_s():.1f} s behind')
        run('sudo labnet repair', user='stu')
    with step('provision over it'):
        vms = run('pgrep', '--full', '--', '-uuid').out
        labnet.provisioned(run('sudo labnet provision own.yaml --json', user='stu'), 1, 'kvm')
        expect(run('pgrep', '--full', '--', '-uuid').out == vms, 'it started a VM anew')
    with step('repair'):
        run('nft', 'delete', 'table', 'inet', 'labnet_lab')
        run('sudo labnet status', user='stu', status=1)
        run('sudo labnet repair', user='stu')
        run('sudo labnet status', user='stu')
    with step('destroy'):
        labnet.destroyed(run('sudo labnet destroy --yes --check', user='stu'))
        snapshot.same(before, snapshot.take())


stages = [main]
