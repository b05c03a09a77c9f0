"""What a job is written with: steps that are told as they go, commands, and what must have come of them."""
import contextlib, json, os, subprocess, threading, time

# Line by line to the runner, which follows it; the runner prints steps and keeps the rest.
port = open('/dev/virtio-ports/labnet.job', 'w', buffering=1, errors='replace')

counter = '/var/lib/bed/stage'


class Failed(Exception):
    """A promise that was not kept."""


def tell(line):
    """A line for whoever watches."""
    port.write(line.replace('\n', ' ') + '\n')


def seen(text):
    """What the runner prints besides steps: figures, and what the host is."""
    tell(f'SEEN {text}')


def keep(what):
    """Has the runner keep what this run has left, also when it passes."""
    tell(f'KEEP {what}')


def note(text):
    """Text for the evidence."""
    for line in text.splitlines():
        port.write('| ' + line + '\n')


@contextlib.contextmanager
def step(name):
    started = time.monotonic()
    tell(f'BEGIN {name}')
    try:
        yield
    except BaseException as error:
        tell(f'STEP {name} FAILED {time.monotonic() - started:.1f} s: {error}')
        raise
    tell(f'STEP {name} ok {time.monotonic() - started:.1f} s')


def expect(condition, message):
    if not condition:
        raise Failed(message)


class Output:
    """A command that has ended."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            raise Failed(f'this is no JSON: {self.out[:500]!r}')


def run(*argv, user=None, status=0, timeout_s=7200, stdin=None):
    """Runs a command, as root or in a login shell of `user`; a status that was not expected fails the step.

    Only what hangs is ended here: limits of time are the command's own,
    and the job has one for all."""
    if user is not None:
        # A shell line, as somebody types it.
        expect(len(argv) == 1, 'a user types one line')
        argv = ('su', '--login', user, '--command', argv[0])
    note(f'$ {" ".join(argv)}')
    process = subprocess.Popen(argv, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors='replace', start_new_session=True)
    kept = {'out': [], 'err': []}

    def follow(name, stream):
        for line in stream:
            kept[name].append(line)
            note(line.rstrip('\n'))

    followers = [threading.Thread(target=follow, args=pair, daemon=True)
                 for pair in (('out', process.stdout), ('err', process.stderr))]
    for one in followers:
        one.start()
    if stdin is not None:
        process.stdin.write(stdin)
        process.stdin.close()
    try:
        ended = process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, 9)
        raise Failed(f'{" ".join(argv)} has not ended after {timeout_s} s')
    for one in followers:
        # What it has started may hold its output open.
        one.join(5)
    result = Output(ended, ''.join(kept['out']), ''.join(kept['err']))
    if status is not None:
        expect(ended == status, f'{" ".join(argv)} ended with {ended}, not {status}: {last_words(result)}')
    return result


def last_words(output):
    lines = [line for line in (output.err or output.out).splitlines() if line.strip()]
    return ' / '.join(lines[-3:])


def succeeds(*argv):
    """Whether a command that only answers a question says yes."""
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def stage_of():
    """Which of a job's stages is next: there is one a boot."""
    return int(read(counter)) if os.path.exists(counter) else 0


def save_stage(number):
    os.makedirs(os.path.dirname(counter), exist_ok=True)
    with open(counter, 'w') as file:
        file.write(str(number))
        os.fsync(file.fileno())
    # The directory's entry too: the power may go next.
    directory = os.open(os.path.dirname(counter), os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


def power_cut():
    """The runner kills the PC at this word, and boots it at the job's next stage."""
    tell('CUT now')
    time.sleep(600)
    raise Failed('the power is still on')


def read(path):
    with open(path, errors='replace') as file:
        return file.read()


def until(what, condition, timeout_s=60):
    """Waits until the condition holds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        expect(time.monotonic() < deadline, f'not within {timeout_s} s: {what}')
        time.sleep(0.5)
