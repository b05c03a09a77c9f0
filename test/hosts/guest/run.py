"""Runs the job of this boot: a job is a list of stages, one a boot, and /var/lib/bed/stage says which is next."""
import os, subprocess, sys, traceback

sys.path.insert(0, '/job')
sys.dont_write_bytecode = True
import bed


def main():
    import job
    bed.tell(f'STEP boot ok {float(bed.read("/proc/uptime").split()[0]):.1f} s')
    number = bed.stage_of()
    # Beforehand: a stage may end with the power.
    bed.save_stage(number + 1)
    try:
        job.stages[number]()
    except BaseException as error:
        if not isinstance(error, bed.Failed):
            bed.note(traceback.format_exc())
        evidence()
        return f'JOB failed: {error}'
    if number + 1 == len(job.stages):
        # Another job may begin on this disk.
        bed.save_stage(0)
        return 'JOB passed'
    return 'JOB goes on after a boot'


def evidence():
    """What somebody would look at first."""
    for line in ('labnet status', 'labnet doctor', 'tail -n 60 /var/lib/labnet/labs/*/*/*.log /run/labnet/*/*/*.log',
                 'ps -eo pid,user,stat,pcpu,time,etime,args --sort=-pcpu | head -n 25', 'ip -brief address', 'ip route', 'nft list ruleset',
                 'systemctl --failed --no-pager', 'dmesg | tail -n 40', 'journalctl -b -n 150 --no-pager', 'free -m', 'df -h'):
        bed.note(f'$ {line}')
        try:
            said = subprocess.run(['sh', '-c', line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, errors='replace', timeout=120)
            bed.note(said.stdout[-20000:])
        except subprocess.TimeoutExpired:
            bed.note('no answer')


verdict = main()
bed.tell(verdict)
os.sync()
subprocess.run(['systemctl', 'reboot' if verdict.endswith('boot') else 'poweroff', '--no-block'])
