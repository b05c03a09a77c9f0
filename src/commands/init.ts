import { readdirSync, readFileSync } from 'node:fs';
import { LabnetError } from '../errors.ts';
import { shipped } from '../paths.ts';
import type { Context, Result } from '../runs/context.ts';
import { usersFiles } from '../runs/users-files.ts';

/** The flags of `labnet init`. */
export interface InitOptions {
  readonly template?: string | undefined;
  readonly list?: boolean | undefined;
}

/**
 * Writes lab.yaml from one of the labs that labnet brings along. @throws LabnetError usage when there is one already.
 */
export async function init(options: InitOptions, context: Context): Promise<Result<'init'>> {
  const { template = 'default', list } = options;
  if (list === true && options.template !== undefined) {
    throw new LabnetError('usage', '--list writes nothing, and --template says what to write', {
      hint: 'give one of them',
    });
  }
  const directory = shipped.labTemplates;
  const names = readdirSync(directory).map((file) => file.replace(/\.yaml$/, ''));
  if (list === true) return { json: { ok: true, templates: names }, text: names.join('\n') };
  if (!names.includes(template)) {
    throw new LabnetError('usage', `no template ${template}`, { hint: `there is ${names.join(', ')}` });
  }
  if ((await context.host.stat('lab.yaml')) !== undefined) {
    throw new LabnetError('usage', 'there is a lab.yaml here already', {
      hint: 'move it away, or work in another directory',
    });
  }
  const files = await usersFiles(context);
  await files.write('lab.yaml', readFileSync(`${directory}${template}.yaml`, 'utf8'));
  return {
    json: { ok: true, template, file: 'lab.yaml' },
    text: 'lab.yaml written. labnet plan shows what it means, sudo labnet provision makes it.',
  };
}
