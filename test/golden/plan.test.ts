/**
 * The plans of the shipped labs, and of one more, as shell, and the checks of their guests as these are asked: a change
 * of behaviour is read here as a change of commands.
 */
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { checksOf } from '../../src/checks/planned.ts';
import { checkLine } from '../../src/checks/words.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { labOfSize, parseLab } from '../../src/lab/validate.ts';
import { hostFactsSchema } from '../../src/plan/facts.ts';
import { planLab } from '../../src/plan/plan-lab.ts';
import { planScript, undoScript } from '../../src/report/script.ts';

const facts = hostFactsSchema.parse(JSON.parse(readFileSync(new URL('facts.json', import.meta.url), 'utf8')));
const roots = { state: '/var/lib/labnet', run: '/run/labnet', cache: '/var/cache/labnet' };

function parsed(text: string, name: string): Lab {
  const result = parseLab(text, `${name}.yaml`, { sandbox: false });
  if (!result.ok) throw new Error(`${name}: ${result.diagnostics.map(({ message }) => message).join(', ')}`);
  return result.lab;
}

function template(name: string): Lab {
  const file = new URL(`../../templates/labs/${name}.yaml`, import.meta.url);
  return parsed(readFileSync(file, 'utf8'), name);
}

/** Kept off the networks near the host, and let to two of its ports. */
const guarded = `name: guarded
networks: [{name: br0, isolate: lan, host_ports: [80/tcp, 69/udp]}]
vms: {vm1: }
`;

const labs: Readonly<Record<string, { readonly lab: Lab; readonly facts: typeof facts }>> = {
  'two-vms': { lab: labOfSize(2, { sandbox: false }), facts },
  sandbox: { lab: labOfSize(2, { sandbox: true }), facts: { ...facts, privateTun: true } },
  'lab-sheet': { lab: template('lab-sheet'), facts },
  guarded: {
    lab: parsed(guarded, 'guarded'),
    facts: { ...facts, localNetworks: ['198.51.100.0/24', '10.9.8.0/24'] },
  },
  // Without root, as an ordinary user has them.
  own: { lab: labOfSize(1, { sandbox: false }), facts: { ...facts, ground: 'own', uplinkProgram: 'pasta' } },
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

  test('the checks of its guests are as expected', async () => {
    const lines = plan.guests.flatMap((guest) => [
      `# inside ${guest.name}`,
      ...checksOf(guest, plan).map((check) => checkLine(check, plan.pace)),
    ]);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`${name}.checks.txt`);
  });

  test('the same lab and facts give the same plan', () => {
    expect(JSON.stringify(planLab({ ...input, roots, date: 1_628_899_200 }))).toBe(JSON.stringify(plan));
  });

  test('every id is there once', () => {
    const ids = plan.stages.flatMap(({ specs }) => specs.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test('no password of a lab file stands in its plan', () => {
  const lab = parsed('vms: {vm1: {password: "open sesame"}}', 'sesame');
  const plan = planLab({ lab, facts, roots, date: 1_628_899_200 });
  expect(JSON.stringify(plan) + planScript(plan)).not.toContain('sesame');
});
