/**
 * Lines that a user is to type. labnet's sources write them as they are on the usual PC: a user with sudo, labnet on
 * root's PATH (`sudo labnet repair`). Here they become what works for this user on this PC.
 */
import { groundHere } from '../ground-kind.ts';
import { isOnPath, ownName } from '../host/own-name.ts';
import { quoteCommand, quoteWord } from '../host/shell-quote.ts';

/** Who types, and where. */
export interface Typist {
  /** What starts this labnet, as the shell reads it. */
  readonly labnet: string;
  /** How a line gets root's rights: it has them, by sudo, or by su where sudo is not installed. */
  readonly rights: 'root' | 'sudo' | 'su';
  /** Whether labnet's own lines want no root: a user who came without it works on a host of his own. */
  readonly own: boolean;
  /** The settings of this labnet, which sudo would drop: NAME=value. */
  readonly settings: readonly string[];
}

const settings = ['LABNET_STATE', 'LABNET_RUN', 'LABNET_CACHE', 'LABNET_IMAGES', 'LABNET_PATH'];

type Environment = Readonly<Record<string, string | undefined>>;

/** The user of this process. Who came by sudo goes on by sudo, and who came without it goes on without it. */
export function currentTypist(env: Environment = process.env, ground = groundHere()): Typist {
  const own = ground === 'own';
  const isRoot = !own && env.SUDO_UID === undefined;
  const [, script = ''] = process.argv;
  return {
    labnet: ownName({ script, node: process.execPath, here: process.cwd() }),
    rights: isRoot ? 'root' : isOnPath('sudo', env.PATH) ? 'sudo' : 'su',
    own,
    // Those of a user are not for root.
    settings: own
      ? []
      : settings.flatMap((name) => (env[name] === undefined ? [] : [`${name}=${env[name]}`])),
  };
}

/** The line that runs labnet with these words as root, whatever sudo does to PATH and environment. */
export function asRoot(words: readonly string[], typist: Typist): string {
  return withRights(`${withSettings(typist)} ${quoteCommand(words)}`, typist.rights);
}

function withSettings({ labnet, settings: kept }: Typist): string {
  return kept.length === 0 ? labnet : `${quoteCommand(['env', ...kept])} ${labnet}`;
}

function withRights(line: string, rights: Typist['rights']): string {
  if (rights === 'root') return line;
  return rights === 'sudo' ? `sudo ${line}` : `su -c ${quoteWord(line)}`;
}

/**
 * Matches a line that is nothing but a command behind sudo: an example, or another program's command with perhaps a
 * remark behind it.
 */
const wholeLine = /(^ *\$ |^ *(?=sudo (?!labnet))|\| )sudo (.+?)(?= {3}[#(]|$)/gm;
/** Matches sudo in the midst of a sentence, where nobody knows how far its command goes. */
const within = /\bsudo (?=[a-z'./])/g;

/** Gives a text with each line to type in it as this user has to type it. */
export type Typed = (text: string) => string;

/**
 * Makes the function that gives texts for this typist.
 *
 * @param commands the names of labnet's commands, which tell a line to type from what is said about labnet
 */
export function typedBy(typist: Typist, commands: readonly string[]): Typed {
  const { labnet, rights, own: isOwn } = typist;
  const own = new RegExp(`(?<![\\w/.-])(sudo )?labnet (?=(?:${commands.join('|')}|--help)(?![\\w-]))`, 'g');
  const named = (text: string) =>
    text.replace(own, (_, sudo?: string) => {
      if (sudo === undefined || isOwn) return `${labnet} `;
      return rights === 'root' ? `${labnet} ` : `sudo ${rights === 'sudo' ? withSettings(typist) : labnet} `;
    });
  if (rights === 'sudo') return named;
  if (rights === 'root') return (text) => named(text).replace(within, '');
  return (text) => {
    const lines = (isOwn ? named(text) : text).replace(
      wholeLine,
      (_, before: string, line: string) => before + withRights(named(line), rights),
    );
    return named(lines).replace(within, '');
  };
}
