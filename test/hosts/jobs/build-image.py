"""labnet builds its base image in a stock host, from a mirror that the host serves to itself, and a lab of it is proved."""
import subprocess
from bed import run, seen, step, succeeds, until
import labnet


def main():
    with step('install'):
        labnet.install()
        labnet.has_kvm()
    with step('mirror'):
        run('mkdir', '-p', '/srv/mirror')
        run('mount', '-o', 'ro', '/dev/vdd', '/srv/mirror')
        subprocess.Popen(('python3', '-m', 'http.server', '--bind', '127.0.0.1', '--directory', '/srv/mirror', '8000'),
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until('the mirror answers', lambda: succeeds('bash', '-c', 'exec 3<> /dev/tcp/127.0.0.1/8000'))
    with step('build'):
        run('sudo labnet image build debian-11 --mirror http://127.0.0.1:8000/debian --yes', user='stu')
        run('sudo labnet image info debian-11', user='stu')
    labnet.lab_file('/home/stu/lab.yaml', labnet.one_vm)
    with step('provision'):
        answer = labnet.provisioned(run('sudo labnet provision lab.yaml --sandbox --cold --json', user='stu'), 1, 'kvm')
        seen(labnet.times(answer))
    with step('destroy'):
        labnet.destroyed(run('sudo labnet destroy --yes --check', user='stu'))


stages = [main]
