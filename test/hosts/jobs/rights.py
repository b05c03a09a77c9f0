"""Who types it: somebody without rights is told the very line that works; root on a PC without sudo needs none."""
from bed import expect, run, seen, step, succeeds
import labnet


def main():
    labnet.has_kvm()
    labnet.lab_file('/home/stu/own.yaml', labnet.own_lab)
    with step('without rights'):
        error = run('labnet provision own.yaml --json', user='stu', status=4).json()['error']
        seen(f'{error["message"]} / {error["hint"]}')
        lines = [line.strip() for line in error['hint'].splitlines() if line.strip().startswith('sudo ')]
        expect(len(lines) == 1, f'no line to type: {error["hint"]}')
    with step('the line that it said'):
        labnet.provisioned(run(lines[0], user='stu'), 1, 'kvm')
        labnet.destroyed(run('sudo labnet destroy --yes --check', user='stu'))
    with step('sudo goes'):
        run('env', 'SUDO_FORCE_REMOVE=yes', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'purge', '--yes', 'sudo')
        expect(not succeeds('which', 'sudo'), 'sudo is still there')
    with step('root without sudo'):
        labnet.provisioned(run('labnet', 'provision', '/home/stu/own.yaml', '--json'), 1, 'kvm')
        run('labnet', 'status')
        labnet.destroyed(run('labnet', 'destroy', '--yes', '--check'))


stages = [main]
