"""A lab beside another program that has a say in the network: it works, or is refused with the lines to type, and then works."""
from bed import expect, run, seen, step
import extra, labnet, snapshot, uplink

line = 'sudo labnet provision own.yaml --json'


def stages(packages, start, refused):
    """start sets the neighbour up; refused says whether labnet is to refuse a lab beside it as it then is."""
    def main():
        labnet.has_kvm()
        with step('uplink'):
            uplink.plug_in()
        with step('neighbour'):
            if packages:
                extra.install(packages)
            start()
        labnet.lab_file('/home/stu/own.yaml', labnet.own_lab)
        before = snapshot.take()
        if refused:
            with step('refused, and told what to type'):
                error = run(line, user='stu', status=4).json()['error']
                seen(f'{error["message"]} / {error["hint"]}')
                snapshot.same(before, snapshot.take())
                typed = error['hint'].splitlines()
                expect(all(one.startswith('sudo ') for one in typed), f'this cannot be typed: {typed}')
                for one in typed:
                    run(one, user='stu')
            before = snapshot.take()
        with step('provision'):
            seen(labnet.times(labnet.provisioned(run(line, user='stu'), 1, 'kvm')))
        with step('status'):
            run('sudo labnet status', user='stu')
        with step('destroy'):
            labnet.destroyed(run('sudo labnet destroy --yes --check', user='stu'))
            snapshot.same(before, snapshot.take())
    return [main]
