"""README's own lab, whose VMs have two CPUs, under emulated KVM: it is proved, or the VM's kernel itself says that a CPU stood still."""
import glob, re
from bed import expect, keep, note, read, run, seen, step
import labnet

# Of the guest's kernel: it waits for a CPU that the emulation does not run.
stalled = re.compile(r'rcu.*stall|soft lockup|hard LOCKUP|Watchdog.*clocksource|CPU1 failed to report alive|blocked for more than')


def main():
    labnet.has_kvm()
    with step('provision or a stall'):
        output = run('sudo labnet provision --vms 2 --sandbox --cold --json', user='stu', status=None, timeout_s=1800)
        if output.status == 0:
            seen(labnet.times(labnet.provisioned(output, 2, 'kvm')))
        else:
            said = [line for file in glob.glob('/var/lib/labnet/labs/*/*.log') + glob.glob('/run/labnet/*/*.log')
                    for line in read(file).splitlines() if stalled.search(line)]
            note('\n'.join(said))
            expect(said, f'it failed, and no VM speaks of a CPU that stood still: {output.out[-500:]} {output.err[-500:]}')
            seen(f'a CPU of the inner VM stood still, which is the emulation: {said[0]}')
            keep('the stall of an inner VM')
    with step('destroy'):
        labnet.destroyed(run('sudo labnet destroy --yes --check', user='stu'))


stages = [main]
