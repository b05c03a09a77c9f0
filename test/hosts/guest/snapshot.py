"""A host in a form that compares: what a lab could leave behind of links, routes, rules, settings, files, processes, units."""
import hashlib, json, os, subprocess
from bed import expect, note

# Other programs write there by themselves; of a base image, the store's name says what it holds.
passing = ('/etc/ld.so.cache', '/etc/mtab', '/etc/adjtime', '/etc/.updated')
directories = ('/etc', '/usr/local', '/var/lib/labnet', '/run/labnet', '/run/NetworkManager/conf.d', '/run/systemd/system',
               '/run/sysctl.d', '/usr/lib/sysctl.d', '/home/stu')
timers = ('valid_life_time', 'preferred_life_time', 'expires', 'ifindex', 'link_index', 'link_netnsid', 'operstate', 'timer', 'stats')
counting = ('nf_conntrack_count', 'random', 'tcp_fastopen_key', 'base_reachable', 'retrans_time')
of_modules = ('net.netfilter', 'net.bridge', 'net.nf_conntrack', 'net.ipv4.ip_conntrack')


def take():
    return {
        'links': lines_of('ip', '-details', '-json', 'address'),
        'routes': lines_of('ip', '-details', '-json', 'route', 'show', 'table', 'all')
        + lines_of('ip', '-6', '-details', '-json', 'route', 'show', 'table', 'all'),
        'rules': lines_of('ip', '-json', 'rule') + lines_of('ip', '-6', '-json', 'rule'),
        'nft': said('nft', '--stateless', 'list', 'ruleset').splitlines(),
        'iptables': [line.split(' [')[0] for line in said('iptables-legacy-save').splitlines() if not line.startswith('#')],
        'settings': sorted(settings()),
        'namespaces': sorted(said('ip', 'netns').split('\n')),
        'mounts': sorted(' '.join(line.split()[3:5]) for line in said('cat', '/proc/self/mountinfo').splitlines()
                         if 'labnet' in line),
        'files': [line for directory in directories for line in files(directory)],
        'processes': sorted(line for line in said('ps', '-eo', 'user,args').splitlines() if 'qemu' in line or 'labnet' in line),
        'units': sorted(said('systemctl', 'list-units', '--all', '--plain', '--no-legend', 'labnet*').splitlines()),
        # systemd's own slice for labnet@ stays, empty, once there was an instance (systemd.unit(5)).
        'cgroups': sorted(path for path, _, _ in os.walk('/sys/fs/cgroup')
                          if 'labnet' in path and not path.endswith('/system-labnet.slice')),
        # Sessions come and go there too.
        'transient': [name for name in sorted(os.listdir('/run/systemd/transient')) if 'labnet' in name]
        if os.path.isdir('/run/systemd/transient') else [],
        'devices': sorted(said('nmcli', '-t', '-f', 'DEVICE,STATE', 'device').splitlines()),
    }


def same(before, after):
    """Says what differs, and fails where anything does."""
    found = []
    for part in before:
        gone = [line for line in before[part] if line not in after[part]]
        new = [line for line in after[part] if line not in before[part]]
        keys = [line.split(' = ')[0] for line in before[part]]
        if part == 'settings':
            # They come with a kernel module, which stays loaded.
            new = [line for line in new if not (line.startswith(of_modules) and line.split(' = ')[0] not in keys)]
        found += [f'{part}: gone: {line}' for line in gone] + [f'{part}: new: {line}' for line in new]
    note('\n'.join(found))
    expect(not found, f'the host is not as it was: {"; ".join(found[:5])}')


def keep(name):
    """For a later boot to compare with."""
    os.makedirs('/var/lib/bed', exist_ok=True)
    with open(f'/var/lib/bed/{name}.json', 'w') as file:
        json.dump(take(), file)
        file.flush()
        os.fsync(file.fileno())


def as_kept(name):
    with open(f'/var/lib/bed/{name}.json') as file:
        same(json.load(file), take())


def said(*argv):
    try:
        return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True, errors='replace').stdout
    except FileNotFoundError:
        return ''


def lines_of(*argv):
    return sorted(json.dumps(steady(one), sort_keys=True) for one in json.loads(said(*argv) or '[]'))


def steady(value):
    if isinstance(value, list):
        return [steady(one) for one in value]
    if isinstance(value, dict):
        return {key: steady(one) for key, one in value.items() if not key.endswith(timers)}
    return value


def settings():
    for path, _, names in os.walk('/proc/sys/net'):
        for name in names:
            if any(word in name for word in counting):
                continue
            try:
                with open(f'{path}/{name}', errors='replace') as file:
                    yield f'{path[10:].replace("/", ".")}.{name} = {file.read().strip()}'
            except OSError:
                pass  # Some can only be written.


def files(directory):
    for path, below, names in sorted(os.walk(directory)):
        below.sort()
        if path.endswith('/.cache'):
            continue
        for name in sorted(names):
            file = f'{path}/{name}'
            if file in passing or file.startswith('/var/lib/labnet/images/'):
                continue
            try:
                state = os.lstat(file)
                content = os.readlink(file) if os.path.islink(file) else digest(file)
            except OSError as error:
                content = error.strerror
                state = None
            yield f'{file} {content} {oct(state.st_mode) if state else ""} {state.st_uid if state else ""}'


def digest(file):
    if not os.path.isfile(file):
        return 'no plain file'
    with open(file, 'rb') as content:
        return hashlib.sha256(content.read()).hexdigest()[:16]
