/** The templates in templates/seed/, compiled so that a gap in them is an error and nothing is escaped for HTML. */
import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { shipped } from '../paths.ts';
import { yamlValue } from './yaml-value.ts';

type Template = (context: Readonly<Record<string, unknown>>) => string;

/** The templates of the three files of a seed, each as a function that renders it. */
export interface Templates {
  readonly userData: Template;
  readonly metaData: Template;
  readonly networkConfig: Template;
}

const shippedText = (name: string) => readFileSync(`${shipped.seedTemplates}${name}`, 'utf8');

/**
 * Reads and compiles the templates.
 *
 * @param read gives the text of a template of that name: labnet's own data, not the host's.
 */
export function loadTemplates(read: (name: string) => string = shippedText): Templates {
  const load = (name: string) => compile(read(name));
  return {
    userData: load('user-data.hbs'),
    metaData: load('meta-data.hbs'),
    networkConfig: load('network-config.hbs'),
  };
}

let loaded: Templates | undefined;

/** The templates that come with labnet, read once. */
export function shippedTemplates(): Templates {
  loaded ??= loadTemplates();
  return loaded;
}

function compile(text: string): Template {
  const template = Handlebars.compile(text, {
    noEscape: true,
    strict: true,
    knownHelpersOnly: true,
    knownHelpers: { json: true },
  });
  // `strict` does not see what is handed to a helper: yamlValue refuses what is missing.
  return (context) => template(context, { helpers: { json: (value: unknown) => yamlValue(value) } });
}
