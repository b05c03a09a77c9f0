import { LabnetError, saidTwice } from '../errors.ts';
import type { Lab } from '../lab/lab.ts';
import { labOfSize, parseLab } from '../lab/validate.ts';
import { formatDiagnostics } from '../report/diagnostic.ts';
import type { Context } from './context.ts';
import { readInputFile } from './input-file.ts';

/** What names the lab on the command line. */
export interface LabOptions {
  readonly file?: string | undefined;
  readonly vms?: number | undefined;
  readonly sandbox?: boolean | undefined;
}

/**
 * The lab that the user means: that of the file, or of `--vms N`, or of ./lab.yaml.
 *
 * @throws LabnetError usage with every mistake of the file, each with its line
 */
export async function readLab({ file, vms, sandbox = false }: LabOptions, context: Context): Promise<Lab> {
  if (vms !== undefined) {
    if (file === undefined) return labOfSize(vms, { sandbox });
    throw saidTwice(file, '--vms', 'which VMs there are');
  }
  const path = file ?? 'lab.yaml';
  const text = await readInputFile(path, context);
  if (text === undefined) {
    throw new LabnetError('usage', `there is no ${path}`, {
      hint: 'sudo labnet provision --vms 2, or labnet init to write a lab.yaml',
    });
  }
  const parsed = parseLab(text, path, { sandbox });
  if (parsed.ok) return parsed.lab;
  const [first] = parsed.diagnostics;
  throw new LabnetError('usage', formatDiagnostics(parsed.diagnostics, text), {
    position: first?.position,
  });
}
