/** How provision uses templates, and makes them. */

import { LabnetError, messageOf } from '../errors.ts';
import { cachePaths, pruneCache, touchKept } from '../kept/cache.ts';
import { inCache, requireFree } from '../kept/room.ts';
import { closeSaved, readSaved } from '../kept/saved-lab.ts';
import { makeTemplate, type TemplateSource, templateFiles, templateKey } from '../kept/template.ts';
import type { Lab } from '../lab/lab.ts';
import { lockHost } from '../labs/lab-store.ts';
import { cacheLimit } from '../observe/resources.ts';
import { machineOf, withMachine } from '../plan/accelerator.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import { stateBeside } from '../qemu/save-state.ts';
import type { Context } from './context.ts';

/** A template, and the VMs of a lab that could be its clones. */
export interface Template {
  readonly key: string;
  readonly directory: string;
  readonly source: TemplateSource;
  readonly vms: readonly string[];
  /** Whether the template is there, whole. */
  readonly there: boolean;
}

/**
 * The templates that a lab's VMs could be cloned from. A VM takes part when QEMU starts its kernel, the gate can give
 * its NIC and its seed back to their drivers, and it leaves cloud-init to labnet.
 *
 * @returns also a line for the VMs that cannot take part
 */
export async function templatesFor(
  lab: Lab,
  plan: Plan,
  { host, roots }: Pick<Context, 'host' | 'roots'>,
): Promise<{ templates: readonly Template[]; notes: readonly string[] }> {
  const able = lab.vms.filter(({ nic, bus, cloudConfig, name }) => {
    const drivable = nic === 'virtio' && bus === 'virtio' && Object.keys(cloudConfig).length === 0;
    return drivable && machineOf(name, plan).command.direct !== undefined;
  });
  const templates = new Map<string, Template>();
  for (const { name } of able) {
    const disk = specsOf(plan).find((spec) => spec.kind === 'overlay' && spec.vm === name);
    if (disk?.kind !== 'overlay') throw new Error(`the plan has no disk for ${name}`);
    const source = { machine: machineOf(name, plan), disk };
    const key = await templateKey(source, host);
    const directory = cachePaths.template(roots, key);
    const there = (await readSaved(directory, host)) !== undefined;
    const vms = [...(templates.get(key)?.vms ?? []), name];
    templates.set(key, { key, directory, source, vms, there });
  }
  const unable = lab.vms.filter((vm) => !able.includes(vm)).map(({ name }) => name);
  const why = 'templates are for virtio NICs and disks, a kernel beside the image, and no cloud_config';
  return {
    templates: [...templates.values()],
    notes: unable.length === 0 ? [] : [`${unable.join(', ')} boot anew: ${why}`],
  };
}

/**
 * Makes a template that is not there. Two runs that make the same do so one after the other, and the second finds it.
 *
 * @param needed all templates that this run is about to use
 */
export async function provideTemplate(
  template: Template,
  image: string,
  context: Context,
  needed: readonly Template[],
): Promise<void> {
  const { host, roots, signal, options } = context;
  const { directory, key, source } = template;
  const lock = await lockHost(`make a template of ${image}`, { host, roots, wait: options.wait });
  try {
    if ((await readSaved(directory, host)) !== undefined) return;
    await host.remove(directory);
    const most = (source.machine.command.memory + stateBeside) * 1024 ** 2;
    await requireFree(most, `a template of ${image}`, inCache(roots));
    await host.makeDirectory(directory, { mode: 0o700 });
    await makeTemplate(source, { scratch: roots.run, directory, signal }, host);
    await closeSaved(directory, { lab: image, key }, host);
    const inUse = needed.map((one) => one.directory);
    await pruneCache(await cacheLimit(roots.cache), host, roots, inUse);
  } catch (error) {
    await host.remove(directory);
    throw error;
  } finally {
    await lock.release();
  }
}

/**
 * Makes the templates that are not there. That one cannot be made does not matter: its VMs then boot anew, and why is
 * said.
 *
 * @returns those that can be used
 * @throws LabnetError interrupted
 */
export async function tryTemplates(
  templates: readonly Template[],
  image: string,
  context: Context,
): Promise<readonly Template[]> {
  const usable: Template[] = [];
  for (const template of templates) {
    try {
      if (template.there) await touchKept(template.directory, context.host);
      else await provideTemplate(template, image, context, templates);
      usable.push({ ...template, there: true });
    } catch (error) {
      if (error instanceof LabnetError && error.code === 'interrupted') throw error;
      context.say(`warning: no template: ${messageOf(error)}; ${template.vms.join(', ')} boot anew`);
    }
  }
  return usable;
}

/** The plan with the VMs of these templates as clones. */
export function withClones(plan: Plan, templates: readonly Template[]): Plan {
  return templates.reduce((whole, { directory, vms }) => {
    const { state: saved, memory, disk } = templateFiles(directory);
    return vms.reduce(
      (known, vm) => withMachine(known, { ...machineOf(vm, known), saved, clone: { disk, memory } }),
      whole,
    );
  }, plan);
}
