"""README's lines as they are printed: the package installed as apt does unless told, and the first lab, whose VMs have two CPUs.

Emulated, an inner guest of two CPUs stands still now and then; then its own kernel says so, and cpus: 1 counts."""
import glob, re
from bed import expect, keep, note, read, run, seen, step, succeeds
import extra, labnet

# Of the guest's kernel: it waits for a CPU that the emulation does not run.
stalled = re.compile(r'rcu.*stall|soft lockup|hard LOCKUP|Watchdog.*clocksource|CPU1 failed to report alive|blocked for more than')


def printed(pattern):
    """The line of README's that is so."""
    found = re.search(pattern, read('/job/README.md'), re.MULTILINE)
    expect(found, f'README has no line like {pattern}')
    return found.group(1)


def first_lab(line, user, labnet_is):
    """Proved, or stalled by the emulation; then destroyed."""
    words = lambda line: (line,) if user else ('sh', '-c', line)
    output = run(*words(line), user=user, status=None)
    if output.status == 0:
        expect('probes passed' in output.out, f'it does not speak of probes: {output.out}')
        labnet.really_kvm(2)
    else:
        logs = [f'{state}/labs/*/*/console.log' for state in ('/var/lib/labnet', '/home/stu/.local/state/labnet')]
        said = [one for pattern in logs for file in glob.glob(pattern)
                for one in read(file).splitlines() if stalled.search(one)]
        note('\n'.join(said))
        expect(said, f'it failed, and no VM speaks of a CPU that stood still: {output.out[-500:]} {output.err[-500:]}')
        seen(f'a CPU of the inner VM stood still, which is the emulation: {said[0]}')
        keep('the stall of an inner VM')
    labnet.destroyed(run(*words(f'{labnet_is} destroy --yes --check'), user=user))


def main():
    labnet.has_kvm()
    with step('a repository with what is recommended'):
        extra.offer()
    install = printed(r'`(sudo apt install \./labnet_[^`]*\.deb)`')
    # Emulated, building takes an hour: the job build-image does it.
    printed(r'`(sudo labnet image build debian-11)`')
    provision = printed(r'^(labnet provision .*)$')
    with step(install):
        run('cp', '/job/labnet.deb', f'/home/stu/{install.split("./")[1]}')
        run(install, user='stu', stdin='y\n')
        expect(succeeds('which', 'mmdebstrap'), 'what builds images was not installed')
    with step('image'):
        labnet.bring_image()
    with step('man labnet'):
        run('man -P cat labnet', user='stu')
    run('adduser', 'stu', 'kvm')
    with step(f'{provision}, without root'):
        first_lab(provision, 'stu', 'labnet')
    with step(f'sudo {provision}'):
        first_lab(f'sudo {provision}', 'stu', 'sudo labnet')
    with step('root, on a PC without sudo'):
        run('env', 'SUDO_FORCE_REMOVE=yes', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'purge', '--yes', 'sudo')
        expect(not succeeds('which', 'sudo'), 'sudo is still there')
        first_lab(provision, None, 'labnet')


stages = [main]
