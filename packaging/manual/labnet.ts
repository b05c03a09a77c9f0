/** labnet(1), from the command line's own tree. */
import { adminsImages, labPaths, type Roots, rootsFrom, vmPaths } from '../../src/paths.ts';
import type { CommandDoc, OptionDoc, ProgramDoc } from './describe.ts';
import { exitStatuses } from './exit-statuses.ts';
import { type Item, list, literal, type PageHead, page, prose, section, sentence, words } from './mdoc.ts';

export function labnetPage(
  program: ProgramDoc,
  { date, version }: Pick<PageHead, 'date' | 'version'>,
): string {
  const { name, about, options, common, commands, examples } = program;
  const roots = rootsFrom({});
  return page(
    { name, section: 1, about: about.replace(/:.*/, ''), date, version },
    section(
      'Synopsis',
      '.Nm\n.Ar command\n.Op Ar argument ...\n.Op Ar option ...',
      ...options.map(({ long }) => `.Nm\n.Fl ${words(long.slice(1))}`),
    ),
    section('Description', prose(description), '.Pp', byFile, '.Pp', prose(rights)),
    section('Commands', list(commands.map(commandItem))),
    section('Options', prose('Every command has these:'), list(common.map(optionItem))),
    section('Environment', list(environment(roots))),
    section('Files', list(files(roots))),
    section(
      'Exit status',
      list(
        exitStatuses().map(({ status, meaning }) => ({ head: `${status}`, body: prose(sentence(meaning)) })),
        { compact: true },
      ),
    ),
    section('Examples', prose('What a newcomer types first:'), literal(examples.join('\n'))),
    section('See also', seeAlso),
  );
}

const description = `A lab is a handful of Debian virtual machines on this PC, with a network of their own.
\`labnet provision\` makes its disks, names, addresses, bridge and NAT, starts the machines under QEMU, and proves from outside and from inside that everything works.
\`labnet destroy\` takes all of it away again and leaves the PC exactly as it was, also after a crash or a power cut.`;

const byFile = `A lab is described by
.Xr lab.yaml 5 ,
${prose('or is simply a number of machines: `labnet provision --vms 2`.')}`;

const rights = `Without root, labs are made on a host of the user's own, and the PC does not change.
With \`sudo\` in front, labnet works on the PC itself.`;

const seeAlso = `.Xr qemu-img 1 ,
.Xr ssh 1 ,
.Xr lab.yaml 5 ,
.Xr nft 8`;

function commandItem({ name, about, arguments: given, options, examples }: CommandDoc): Item {
  const places = given.map(({ name: word, required, variadic }) => {
    const place = `Ar ${words(word)}${variadic ? ' ...' : ''}`;
    return required ? place : `Oo ${place} Oc`;
  });
  const needed = options
    .filter(({ mandatory }) => mandatory)
    .map(({ long, value }) => `Fl ${words(long.slice(1))} Ar ${value}`);
  const parts = [
    prose(sentence(about)),
    ...(options.length === 0 ? [] : [list(options.map(optionItem), { compact: true })]),
    literal(examples.join('\n')),
  ];
  return {
    head: [`Cm ${words(...name.split(' '))}`, ...places, ...needed].join(' '),
    body: parts.join('\n'),
  };
}

function optionItem({ short, long, value, about }: OptionDoc): Item {
  const flags = [...(short === undefined ? [] : [short]), long].map((one) => `Fl ${words(one.slice(1))}`);
  const head = `${flags.join(' , ')}${value === undefined ? '' : ` Ar ${words(value)}`}`;
  return { head, body: prose(sentence(about)) };
}

function environment({ state, run, cache }: Roots): readonly Item[] {
  const variable = (name: string, body: string) => ({ head: `Ev ${name}`, body: prose(body) });
  return [
    variable('LABNET_STATE', `Directory of base images and labs, instead of \`${state}\`.`),
    variable(
      'LABNET_RUN',
      `Directory of sockets, locks and namespaces, which goes with a reboot, instead of \`${run}\`.`,
    ),
    variable('LABNET_CACHE', `Directory of what may be made again, instead of \`${cache}\`.`),
    variable(
      'LABNET_IMAGES',
      `Directory of another store, such as root's \`${adminsImages}\`, in which images are looked for that one's own lacks. Nothing is written there, and it must be root's.`,
    ),
    variable(
      'LABNET_PATH',
      "Where programs are looked for, instead of Debian's own directories; the user's PATH plays no part.",
    ),
    variable('SOURCE_DATE_EPOCH', 'Date of the files in the seeds, in seconds since 1970.'),
  ];
}

function files(roots: Roots): readonly Item[] {
  const path = (name: string, body: string) => ({ head: `Pa ${words(name)}`, body: prose(body) });
  const lab = labPaths(roots, 'LAB');
  const vm = vmPaths(roots, 'LAB', 'VM');
  return [
    path('lab.yaml', 'What is made when no other file and no number of machines is given.'),
    path(`${roots.state}/images`, 'The base images. No machine ever writes to them.'),
    path(
      lab.dir,
      'A lab; its name and those of its machines can be listed by everyone, its files cannot be read.',
    ),
    path(lab.journal, 'What was made, and how it is removed: `destroy` needs nothing else.'),
    path(vm.disk, 'What a machine has written, as an overlay on its base image.'),
    path(vm.consoleLog, 'What a machine has said on its console; `labnet logs` shows it.'),
    path(roots.cache, 'Labs that were proved and are kept to come back at once, templates and checkpoints.'),
    path(
      '/usr/lib/systemd/system/labnet@.service',
      'Brings a lab back when the PC starts: `systemctl enable labnet@LAB`.',
    ),
  ];
}
