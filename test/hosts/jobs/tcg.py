"""Without KVM: how much slower a kernel is, and the same lab as elsewhere. Emulation in an emulated PC, with patience."""
import glob, subprocess, time
from bed import run, seen, step
import labnet


def seconds_to_panic(accelerator, cpu):
    """A kernel without a root comes to its end by itself."""
    [kernel] = glob.glob('/var/lib/labnet/images/*.kernel')
    began = time.monotonic()
    subprocess.run(['qemu-system-x86_64', '-machine', 'pc', '-accel', accelerator, '-cpu', cpu, '-m', '256', '-nodefaults',
                    '-display', 'none', '-kernel', kernel, '-append', 'console=ttyS0 panic=-1', '-serial', 'null', '-no-reboot'],
                   stdin=subprocess.DEVNULL, check=True, timeout=1800)
    return time.monotonic() - began


def main():
    with step('kernel'):
        labnet.has_kvm()
        kvm, tcg = seconds_to_panic('kvm', 'host'), seconds_to_panic('tcg,thread=single,tb-size=128', 'max')
        seen(f'a kernel from its start to its panic: {kvm:.0f} s under KVM, {tcg:.0f} s under TCG, 1 : {tcg / kvm:.1f}')
    with step('no kvm'):
        # Its node may come a while after the boot, and comes again when it is removed.
        run('mount', '--bind', '/dev/null', '/dev/kvm')
    labnet.lab_file('/home/stu/lab.yaml', labnet.one_vm)
    with step('provision'):
        line = 'sudo labnet provision lab.yaml --sandbox --cold --patience 8 --json'
        answer = labnet.provisioned(run(line, user='stu'), 1, 'tcg')
        seen(labnet.times(answer))
    with step('destroy'):
        labnet.destroyed(run('sudo labnet destroy --yes --check', user='stu'))


stages = [main]
