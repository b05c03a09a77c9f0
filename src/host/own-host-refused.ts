/** Why a PC gives an ordinary user no namespaces, and what lifts it. */
import { LabnetError } from '../errors.ts';
import { readNow } from './processes.ts';

/** A setting of the kernel that forbids it, by its place under /proc/sys, and what the admin types. */
interface Cause {
  readonly setting: string;
  readonly forbids: string;
  readonly hint: string;
}

const causes: readonly Cause[] = [
  {
    setting: 'kernel/unprivileged_userns_clone',
    forbids: '0',
    hint: 'ask the admin: sudo sysctl --write kernel.unprivileged_userns_clone=1',
  },
  {
    setting: 'user/max_user_namespaces',
    forbids: '0',
    hint: 'ask the admin: sudo sysctl --write user.max_user_namespaces=15000',
  },
  {
    setting: 'kernel/apparmor_restrict_unprivileged_userns',
    forbids: '1',
    hint: "ask the admin to install labnet's own package, which brings a profile for AppArmor: sudo apt-get install ./labnet_*.deb",
  },
];

/**
 * The error for namespaces that were refused. They are asked for first and the settings looked at afterwards, since no
 * setting tells all: with AppArmor's the namespace comes, and its rights do not.
 *
 * @param said what unshare, or the first program that needed the rights, has said
 * @param read reads a file of the kernel's; undefined where there is none
 */
export function refusedNamespaces(
  said: string,
  read: (path: string) => string | undefined = readNow,
): LabnetError {
  const cause = causes.find(({ setting, forbids }) => read(`/proc/sys/${setting}`)?.trim() === forbids);
  const isContainer = read('/run/systemd/container') !== undefined || read('/.dockerenv') !== undefined;
  const name = cause?.setting.replaceAll('/', '.');
  const why = cause === undefined ? '' : ` (${name} is ${cause.forbids})`;
  return new LabnetError(
    'host-cannot',
    `this PC gives an ordinary user no namespaces of his own${why}: ${said || 'unshare said nothing'}`,
    {
      hint:
        cause?.hint ??
        (isContainer
          ? 'this is a container: run labnet on the PC itself, or there with sudo'
          : 'unshare --user --map-root-user true shows what the kernel says; with sudo, labnet works on the PC itself'),
    },
  );
}
