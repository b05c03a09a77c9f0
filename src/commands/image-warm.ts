import { imageFacts } from '../image/stored-image.ts';
import { ensureImage } from '../image-build/ensure.ts';
import { lockHost } from '../labs/lab-store.ts';
import { planLab } from '../plan/plan-lab.ts';
import { type Accelerator, probeAccelerator } from '../qemu/accelerator.ts';
import type { Context, Result } from '../runs/context.ts';
import { gatherFacts } from '../runs/gather-facts.ts';
import { type LabOptions, readLab } from '../runs/lab-input.ts';
import { provideImagePrograms, providePrograms } from '../runs/programs.ts';
import { sourceDate } from '../runs/source-date.ts';
import { provideTemplate, templatesFor } from '../runs/templates.ts';

/** Makes the templates that a lab's VMs will be cloned from, and nothing of the lab. */
export async function imageWarm(options: LabOptions, context: Context): Promise<Result<'image-warm'>> {
  const { host, roots, env, signal, say } = context;
  const lab = await readLab(options, context);
  await providePrograms(['qemu-system-x86_64', 'qemu-img'], context);
  await provideImagePrograms(lab.image, context);
  const image = await ensureImage(lab.image, { onProgress: say, signal }, host, roots);
  const { accelerator, slowness } = await probed(context);
  host.slowed(slowness * context.options.patience);
  const facts = await gatherFacts(context, { accelerator, image: imageFacts(image) });
  const plan = planLab({ lab, facts, roots, date: sourceDate(env) });
  const { templates, notes } = await templatesFor(lab, plan, context);
  for (const note of notes) say(note);
  for (const template of templates.filter(({ there }) => !there))
    await provideTemplate(template, lab.image, context, templates);
  const rows = templates.map(({ key, vms, there }) => ({ key, vms: [...vms], made: !there }));
  const text = rows.map(
    ({ key, vms, made }) => `${key.slice(0, 12)} ${made ? 'made' : 'there already'}, for ${vms.join(', ')}`,
  );
  return { json: { ok: true, templates: rows }, text: text.join('\n') || 'No VM of this lab can be cloned.' };
}

/** Probes the accelerator under a lock, which keeps another run from clearing away what the probe works with. */
async function probed({ host, roots, signal, options }: Context): Promise<Accelerator> {
  const lock = await lockHost('image warm', { host, roots, wait: options.wait });
  try {
    return await probeAccelerator(host, { scratch: roots.run, signal });
  } finally {
    await lock.release();
  }
}
