/** lab.yaml(5), from the schema. */
import { readFileSync } from 'node:fs';
import { type LabKey, labKeys } from '../../src/lab/reference.ts';
import { type Item, list, literal, type PageHead, page, prose, section, sentence, words } from './mdoc.ts';

/** @param templates the directory of the labs that labnet brings along */
export function labYamlPage(
  templates: string,
  { date, version }: Pick<PageHead, 'date' | 'version'>,
): string {
  const template = (name: string) =>
    readFileSync(`${templates}/${name}.yaml`, 'utf8').replace(/^#.*\n/gm, '');
  return page(
    { name: 'lab.yaml', section: 5, about: 'what a lab of labnet is made of', date, version },
    section('Description', prose(description)),
    section('Keys', prose(notation), list(labKeys().map(keyItem))),
    section(
      'Examples',
      prose('Two machines on the standard network:'),
      literal('vms: {vm1: {}, vm2: {}}'),
      prose('Three small machines among themselves, without a way out:'),
      literal(template('isolated').trimStart()),
      prose('A web server and a data store that it asks:'),
      literal(template('web-and-db').trimStart()),
    ),
    section('See also', '.Xr labnet 1'),
  );
}

const description = `\`labnet provision\` makes the lab that lab.yaml in the current directory, or the file that is named, describes.
It is YAML, and only \`vms\` must be there: all else has a default.
Every mistake is told at once, with its line, before anything is touched.
\`labnet init\` writes a commented file to start from, \`labnet init --list\` names others, and \`labnet schema\` prints a JSON Schema, by which editors complete and check it.`;

const notation =
  'A dot leads into a map. Square brackets stand for each part of a list, and `NAME` for a name of your own.';

function keyItem({ key, value, fallback, meaning }: LabKey): Item {
  const kinds = value === 'any' ? 'anything' : value;
  const usual = fallback === '' ? '' : `; ${fallback} unless told`;
  return { head: `Cm ${words(key)}`, body: prose(`${sentence(meaning).slice(0, -1)} (${kinds}${usual}).`) };
}
