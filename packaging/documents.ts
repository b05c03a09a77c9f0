/** The texts that Debian wants of a package, from what the project already says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Release {
  readonly version: string;
  /** Seconds since 1970. */
  readonly date: number;
  readonly maintainer: string;
}

/** debian/changelog's form, from the topmost section of CHANGELOG.md. */
export function debianChangelog(changelog: string, { version, date, maintainer }: Release): string {
  const [, section = ''] = changelog.split(/^## .*$/m);
  const entries = section.split(/^- /m).slice(1);
  const texts = entries.map((entry) => entry.split(/^#|\n\n/m)[0] ?? '');
  const day = new Date(date * 1000).toUTCString().replace('GMT', '+0000');
  const changes = texts.map((text) => `  * ${filled(text).join('\n    ')}`).join('\n');
  return `labnet (${version}) unstable; urgency=medium\n\n${changes}\n\n -- ${maintainer}  ${day}\n`;
}

/** Lines that are short enough for a changelog with four letters before them. */
function filled(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && longer.length <= 75) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/**
 * labnet's licence, and those of the libraries that its bundle holds.
 *
 * @param inputs the files that went into the bundle, below root
 */
export function copyright(root: string, inputs: readonly string[]): string {
  const libraries = new Set(
    inputs.flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []),
  );
  const parts = [...libraries].sort().map((library) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, library, 'package.json'), 'utf8'));
    return `${name} ${version} (${license})\n\n${licenceText(join(root, library), license)}`;
  });
  const own = readFileSync(join(root, 'LICENSE'), 'utf8').trim();
  const rule = `\n\n${'-'.repeat(79)}\n\n`;
  return `${[`labnet\n\n${own}`, 'The files in /usr/lib/labnet/dist also hold these libraries:', ...parts].join(rule)}\n`;
}

/** @throws Error for a library without one: it could not be passed on. */
function licenceText(directory: string, licence: string): string {
  const file = readdirSync(directory).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`${directory} has no licence`);
  const text = readFileSync(join(directory, file), 'utf8').trim();
  if (licence !== 'Apache-2.0') return text;
  // Debian has the text of this one on every machine.
  const holders = text.match(/^ *Copyright (?:\(c\) )?\d{4}.*$/gim) ?? [];
  return [
    ...holders.map((line) => line.trim()),
    '',
    `The text is in /usr/share/common-licenses/${licence}.`,
  ].join('\n');
}
