import { unreachable } from '../errors.ts';
import { keepConsole } from '../host/console-log.ts';
import { inNamespace } from '../host/namespace.ts';
import { inScope } from '../host/scope.ts';
import { quoteCommand, quoteLongCommand, quoteWord } from '../host/shell-quote.ts';
import { programDirectories } from '../host/trusted-path.ts';
import { type ViewStep, viewSteps } from '../host/view.ts';
import type { Action, LoadStateAction, SpawnAction, WriteFileAction } from './action.ts';
import { readSecret, secretsIn } from './secrets.ts';

/**
 * The shell text at the top of a script: the program that keeps consoles' logs, and the function that puts the content
 * of a secret file, JSON-escaped, or its hash in where its token stands.
 */
export const shellPreamble = `# Becomes a command whose standard input leads to a log, of which the beginning and the end are kept.
keep_console=$(cat ${hereDocument(keepConsole)}
)

fill_secret() { # FILE SECRET-FILE [SALT]
  TOKEN="@@labnet:\${3:+crypt($3):}$2@@" SECRET="$(cat "$2")" SALT="\${3-}" perl -pi -e '
    BEGIN { $v = $ENV{SECRET}; if ($ENV{SALT} ne "") { $v = crypt($v, "\\$6\\$$ENV{SALT}"); $v =~ /^\\$6/ or die "no hash" }; $v =~ s/([\\\\"])/\\\\$1/g; $v =~ s/\\n/\\\\n/g }
    s/\\Q$ENV{TOKEN}\\E/$v/g' "$1"
}`;

/** The action as bash, as a student would type it as root. One or more lines, without a newline at the end. */
export function toShell(action: Action): string {
  switch (action.do) {
    case 'run': {
      const command = quoteLongCommand(inNamespace(action.argv, action.namespace));
      const line = action.mayFail === true ? `${command} || true` : command;
      const whole = action.stdin === undefined ? line : `${line} ${hereDocument(action.stdin)}`;
      return action.makes === undefined ? whole : `${whole}\n${quoteCommand(['sync', ...action.makes])}`;
    }
    case 'spawn':
      return spawnToShell(action);
    case 'make-directory':
      return `install -d -m ${octal(action.mode)}${owner(action.uid, action.gid)} ${quoteWord(action.path)}`;
    case 'write-file':
      return writeToShell(action);
    case 'make-secret':
      return action.given === undefined
        ? `od -An -N8 -tx1 /dev/urandom | tr -d ' \\n' > ${quoteWord(action.path)}`
        : `read -rsp ${quoteWord(`${action.given}: `)} && printf %s "$REPLY" > ${quoteWord(action.path)}`;
    case 'copy-file':
      return `install -m ${octal(action.mode)}${owner(action.uid)} ${quoteWord(action.from)} ${quoteWord(action.to)}`;
    case 'load-state':
      return loadingToShell(action);
    case 'remove':
      return `rm -rf ${quoteWord(action.path)}`;
    case 'remove-if-empty':
      return `rmdir --ignore-fail-on-non-empty ${quoteWord(action.path)}`;
    case 'hold-settings': {
      const { namespace, settings, alongPattern, ledger } = action;
      const read = (...what: string[]) => quoteCommand(inNamespace(['sysctl', ...what], namespace));
      return [
        `${read(...settings.map(({ key }) => key))} > ${quoteWord(ledger)}`,
        ...(alongPattern === undefined
          ? []
          : [`${read('--all', '--pattern', alongPattern)} >> ${quoteWord(ledger)}`]),
        ...settings.map(({ key, value }) =>
          quoteCommand(inNamespace(['sysctl', '--quiet', '--write', `${key}=${value}`], namespace)),
        ),
      ].join('\n');
    }
    case 'release-settings':
      return [
        quoteCommand(inNamespace(['sysctl', '--quiet', '--load', action.ledger], action.namespace)),
        `rm -f ${quoteWord(action.ledger)}`,
      ].join('\n');
    case 'stop-process':
      return `pkill --uid ${action.uid} --full ${quoteWord(action.uuid)} || true`;
    case 'continue':
      return `printf '%s' '{"execute":"qmp_capabilities"}{"execute":"cont"}' | socat - ${quoteWord(`UNIX-CONNECT:${action.qmp}`)}`;
    default:
      return unreachable(action);
  }
}

function loadingToShell({ qmp, lateCpus, memoryApart }: LoadStateAction): string {
  const steps = [
    ...(lateCpus ? ['device_add of the CPUs'] : []),
    ...(memoryApart === true ? ['migrate-set-capabilities x-ignore-shared'] : []),
    'migrate-incoming fd:3',
    'cont',
  ];
  return `# by QMP at ${qmp}: ${steps.join(', ')}`;
}

function spawnToShell(action: SpawnAction): string {
  const { argv, namespace, log, ready, view, scope, stdin = '/dev/null', stdinText, input, sealed } = action;
  const scoped = (words: readonly string[]) => (scope === undefined ? words : inScope(words, scope));
  const fourth = sealed === undefined ? [] : [`# descriptor 4: ${sealed} in sealed memory (memfd_create(2))`];
  const third = input === undefined ? '' : ` 3< ${quoteWord(input)}`;
  const text = stdinText === keepConsole ? '"$keep_console"' : quoteWord(stdinText ?? '');
  const first = stdinText === undefined ? `< ${quoteWord(stdin)}` : `<<< ${text}`;
  const redirected = (words: readonly string[]) =>
    `setsid ${quoteLongCommand(words)} ${first}${third} >> ${quoteWord(log)} 2>&1 &`;
  const wait = `timeout ${ready.seconds} bash -c ${quoteWord(`until [ -e ${quoteWord(ready.path)} ]; do sleep 0.1; done`)}`;
  if (view === undefined)
    return [...fourth, redirected(scoped(inNamespace(argv, namespace))), wait].join('\n');
  // A mount namespace of its own, kept open by cat while the view is made and the process starts.
  const enter = ['nsenter', ...(namespace === undefined ? [] : [`--net=${namespace}`]), inView, '--'];
  return [
    ...fourth,
    'coproc VIEW { exec unshare --mount --propagation slave cat; }',
    'echo >&"${VIEW[1]}"; read -r _ <&"${VIEW[0]}"',
    ...viewSteps(view, programDirectories()).map(viewStepToShell),
    ofHolder(
      `setsid ${quoteLongCommand(scoped([...enter, ...argv]))} ${first}${third} >> ${quoteWord(log)} 2>&1 &`,
    ),
    wait,
    'kill "$VIEW_PID"',
  ].join('\n');
}

const inView = '--mount=/proc/PID/ns/mnt';

/** A line with the pid of the process that holds the view. */
function ofHolder(line: string): string {
  return line.replace(inView, '"--mount=/proc/$VIEW_PID/ns/mnt"');
}

function viewStepToShell({ argv, stdin }: ViewStep): string {
  const line = ofHolder(quoteLongCommand(['nsenter', inView, '--', ...argv]));
  return stdin === undefined ? line : `${line} ${hereDocument(stdin)}`;
}

/**
 * Writes a file. A second command puts in each secret, from the file that holds it, so that no text of a plan holds
 * one.
 */
function writeToShell(action: WriteFileAction): string {
  const path = quoteWord(action.path);
  return [
    action.content === '' ? `: > ${path}` : `cat > ${path} ${hereDocument(action.content)}`,
    ...secretsIn(action.content).map((name) => {
      const { path: secret, salt } = readSecret(name);
      return `fill_secret ${path} ${quoteWord(secret)}${salt === undefined ? '' : ` ${salt}`}`;
    }),
    `chmod ${octal(action.mode)} ${path}`,
    ...(action.uid === undefined ? [] : [`chown ${action.uid}:${action.uid} ${path}`]),
  ].join('\n');
}

/** A quoted here-document: the shell changes nothing in it. The delimiter is one that the text does not hold. */
function hereDocument(text: string): string {
  let delimiter = 'EOF';
  while (text.split('\n').includes(delimiter)) delimiter += '_';
  return `<<'${delimiter}'\n${text.endsWith('\n') ? text : `${text}\n`}${delimiter}`;
}

const octal = (mode: number) => mode.toString(8).padStart(4, '0');
const owner = (uid: number | undefined, gid = uid) => (uid === undefined ? '' : ` -o ${uid} -g ${gid}`);
