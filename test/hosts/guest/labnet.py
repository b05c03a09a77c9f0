"""labnet as its users type it, and what must hold of a lab."""
import glob, json, os, time
from bed import expect, note, read, run

# Of one CPU: emulated, an inner guest of two stalls now and then.
one_vm = '''name: lab
defaults: {cpus: 1}
vms: {vm1: {}}
'''

# The same on the host's own network, behind the uplink of uplink.py.
own_lab = one_vm + '''networks: [{name: br0, dns: [203.0.113.80]}]
verify: {internet: "www.internet.test:80"}
'''


def has_kvm():
    note(f'/dev/kvm as it is after the boot: {glob.glob("/dev/kvm")}')
    if not os.path.exists('/dev/kvm'):
        run('modprobe', 'kvm_amd')
    expect(os.path.exists('/dev/kvm'), 'there is no /dev/kvm')


def install():
    """The package as README says, on a host that installs no recommendations: they are half an hour of an emulated PC.

    What it depends on comes from the disk's own repository."""
    with open('/etc/apt/apt.conf.d/90bed', 'w') as file:
        file.write('APT::Install-Recommends "false";\nquiet "2";\n')
    run('cp', '/job/labnet.deb', '/home/stu/labnet.deb')
    run('sudo DEBIAN_FRONTEND=noninteractive apt-get install --yes ./labnet.deb', user='stu')


def bring_image():
    """debian-11, as the machine outside has built it: each file of the store is named by its hash.

    Its entry says when and where each file was put there; what is not as it says, labnet reads again: minutes of an emulated PC."""
    os.makedirs('/srv/images', exist_ok=True)
    run('mount', '-o', 'ro', '/dev/vdc', '/srv/images')
    store = '/var/lib/labnet/images'
    os.makedirs(store, 0o755, exist_ok=True)
    for file in sorted(glob.glob('/srv/images/*.*')):
        run('cp', '--sparse=always', file, store)
    run('umount', '/srv/images')
    with open(f'{store}/debian-11.json') as file:
        entry = json.load(file)
    for part, kind in ((entry, 'qcow2'), (entry['direct']['kernel'], 'kernel'), (entry['direct']['initrd'], 'initrd')):
        path, second = f'{store}/{part["sha256"]}.{kind}', int(time.time())
        os.utime(path, (second, second))
        part['mtimeMs'], part['inode'] = second * 1000, os.stat(path).st_ino
    with open(f'{store}/debian-11.json', 'w') as file:
        json.dump(entry, file)


def lab_file(path, text):
    """A lab.yaml of stu's."""
    with open(path, 'w') as file:
        file.write(text)
    run('chown', 'stu:stu', path)


def provisioned(output, vms, accelerator):
    """What `provision --json` answered is a lab of so many VMs, proved, under this accelerator."""
    answer = output.json()
    expect(len(answer['vms']) == vms, f'not {vms} VMs: {answer["vms"]}')
    for vm in answer['vms']:
        expect(vm['accelerator'] == accelerator, f'{vm["name"]} runs under {vm["accelerator"]}, not {accelerator}')
    probes = answer['verify']['probes']
    expect(probes, 'no probe was made')
    failed = [probe for probe in probes if probe['status'] != 'passed']
    expect(not failed and answer['verify']['ok'] and answer['ok'], f'not every probe passed: {failed}')
    return answer


def destroyed(output):
    """`destroy --check` says that the host is as it was, and so it looks."""
    expect('the host is as it was' in output.out, f'destroy --check said: {output.out}')
    expect(not machines(), 'a QEMU still runs')


def times(answer):
    """Seconds of a run's steps, those that took any."""
    return ', '.join(f'{name} {ms / 1000:.1f} s' for name, ms in answer['timings'].items() if ms >= 1000)


def machines():
    """The QEMUs of labs: pid and command line."""
    found = {}
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            words = read(f'/proc/{pid}/cmdline').split('\0')
        except OSError:
            continue
        if os.path.basename(words[0]).startswith('qemu-system') and '-qmp' in ' '.join(words):
            found[int(pid)] = words
    return found


def really_kvm(vms):
    """So many QEMUs run, and the kernel says that each holds a virtual machine of KVM's."""
    found = machines()
    expect(len(found) == vms, f'{len(found)} QEMUs run, not {vms}')
    for pid, words in found.items():
        line = ' '.join(words)
        expect('accel=kvm' in line or '-accel kvm' in line or '-enable-kvm' in line, f'not asked for KVM: {line}')
        held = [os.readlink(f'/proc/{pid}/fd/{fd}') for fd in os.listdir(f'/proc/{pid}/fd')]
        expect('anon_inode:kvm-vm' in held, f'{pid} holds no VM of KVM: {held}')
        expect(any(one.startswith('anon_inode:kvm-vcpu') for one in held), f'{pid} has no CPU of KVM: {held}')
