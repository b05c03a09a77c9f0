/** The plans of the shipped labs as shell: a change of behaviour is read here as a change of commands. */
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import type { Lab } from '../../src/lab/lab.ts';
import { labOfSize, parseLab } from '../../src/lab/validate.ts';
import { hostFactsSchema } from '../../src/plan/facts.ts';
import { planLab } from '../../src/plan/plan-lab.ts';
import { planScript, undoScript } from '../../src/report/script.ts';

const facts = hostFactsSchema.parse(JSON.parse(readFileSync(new URL('facts.json', import.meta.url), 'utf8')));
const roots = { state: '/var/lib/labnet', run: '/run/labnet', cache: '/var/cache/labnet' };

function template(name: string): Lab {
  const file = new URL(`../../templates/labs/${name}.yaml`, import.meta.url);
  const parsed = parseLab(readFileSync(file, 'utf8'), `${name}.yaml`, { sandbox: false });
  if (!parsed.ok) throw new Error(`${name}: ${parsed.diagnostics.map(({ message }) => message).join(', ')}`);
  return parsed.lab;
}

const labs: Readonly<Record<string, { readonly lab: Lab; readonly facts: typeof facts }>> = {
  'two-vms': { lab: labOfSize(2, { sandbox: false }), facts },
  sandbox: { lab: labOfSize(2, { sandbox: true }), facts: { ...facts, privateTun: true } },
  'lab-sheet': { lab: template('lab-sheet'), facts },
  isolated: { lab: template('isolated'), facts: { ...facts, uplink: null } },
  'web-and-db': {
    lab: template('web-and-db'),
    facts: { ...facts, accelerator: 'kvm', kvmGroup: 106, docker: 'iptables-nft', networkManager: true },
  },
};

describe.each(Object.entries(labs))('%s', (name, input) => {
  const plan = planLab({ ...input, roots, date: 1_628_899_200 });
  const scripts = { plan: planScript(plan), undo: undoScript(plan) };

  test.each(['plan', 'undo'] as const)(
    '%s is as expected, and bash and shellcheck accept it',
    async (which) => {
      await expect(scripts[which]).toMatchFileSnapshot(`${name}.${which}.sh`);
      await execa('bash', ['-n'], { input: scripts[which] });
      const { stdout } = await execa('shellcheck', ['--shell', 'bash', '-'], {
        input: scripts[which],
        reject: false,
      });
      expect(stdout).toBe('');
    },
  );

  test('the same lab and facts give the same plan', () => {
    expect(JSON.stringify(planLab({ ...input, roots, date: 1_628_899_200 }))).toBe(JSON.stringify(plan));
  });

  test('every id is there once', () => {
    const ids = plan.stages.flatMap(({ specs }) => specs.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test('no password of a lab file stands in its plan', () => {
  const parsed = parseLab('vms: {vm1: {password: "open sesame"}}', 'lab.yaml', { sandbox: false });
  if (!parsed.ok) throw new Error('the lab file is right');
  const plan = planLab({ lab: parsed.lab, facts, roots, date: 1_628_899_200 });
  expect(JSON.stringify(plan) + planScript(plan)).not.toContain('sesame');
});
