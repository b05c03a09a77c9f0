/**
 * Labs against the lab sheet by hand: see labs.js. `npm run bench -- --vms 2 --rounds 3 [--json] [--svg FILE]`. With
 * `--from FILE` what `--json` printed is shown again, and nothing is run.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { benchLabs } from './labs.js';

const { values } = parseArgs({
  options: {
    vms: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    svg: { type: 'string' },
    from: { type: 'string' },
  },
});

const names = {
  byHand: 'by hand, as the lab sheet says',
  virtInstall: 'virt-install, with the same seeds',
  first: 'labnet, the first time: a template is made, the VMs are its clones',
  cold: 'labnet, without templates',
  clone: 'labnet, clones of a template that is there',
  again: 'the same lab again, all probes passed',
  againAnswers: 'the same lab again, VMs run',
  reset: 'labnet reset, all probes passed',
};

const result =
  values.from === undefined
    ? await benchLabs({ vms: Number(values.vms), rounds: Number(values.rounds) })
    : JSON.parse(readFileSync(values.from, 'utf8'));
if (values.svg !== undefined) writeFileSync(values.svg, plot(result));
process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : table(result));

/** What was measured: virt-install only where it is installed. */
function rowsOf(seconds) {
  return Object.entries(names).filter(([key]) => key in seconds);
}

function table({ seconds, ratios, vms, pssMiBPerVm, controllerCpuSeconds }) {
  const rows = rowsOf(seconds).map(([key, name]) => {
    const { median, min, max } = seconds[key];
    const faster = key === 'byHand' ? '1' : ratios[key].toFixed(1);
    return `| ${name} | ${median.toFixed(1)} | ${min.toFixed(1)} to ${max.toFixed(1)} | ${faster}× |`;
  });
  const head = `| ${vms} VMs | median, s | spread, s | faster |\n| --- | --- | --- | --- |\n`;
  return `${head}${rows.join('\n')}

A clone takes ${pssMiBPerVm.running.toFixed(0)} MiB of the host's memory (PSS and swap), ${pssMiBPerVm.kept.toFixed(0)} once the lab's state is kept; labnet itself takes
${controllerCpuSeconds.toFixed(1)} s of processor time for them.
`;
}

/** Bars on a logarithmic scale. */
function plot({ seconds }) {
  const rows = rowsOf(seconds);
  const height = 20 + rows.length * 28;
  const bars = rows.map(([key, name], index) => {
    const { median } = seconds[key];
    const width = Math.max(4, (Math.log10(Math.max(median, 0.1)) + 1) * 90);
    const y = 10 + index * 28;
    return `<text x="4" y="${y + 14}">${name}</text><rect x="440" y="${y}" width="${width.toFixed(0)}" height="18" fill="#4878a8"/><text x="${(446 + width).toFixed(0)}" y="${y + 14}">${median.toFixed(1)} s</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="860" height="${height}" font-family="sans-serif" font-size="13"><title>Seconds until all probes have passed, on a logarithmic scale</title><rect width="860" height="${height}" fill="#fff"/>${bars.join('')}</svg>\n`;
}
