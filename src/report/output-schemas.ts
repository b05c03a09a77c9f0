/** What each command prints with --json, as schemas: `labnet schema COMMAND` shows them, the tests hold to them. */

import { type ErrorCode, exitStatus } from '../errors.ts';
import { hostFactsSchema } from '../plan/facts.ts';
import * as z from '../zod.ts';
import { cacheSchemas } from './cache-schemas.ts';
import { imageSchemas } from './image-schemas.ts';

const probe = z.strictObject({
  id: z.string().describe('what was checked; the same for every VM'),
  vm: z.string(),
  status: z.enum(['passed', 'failed', 'skipped']),
  reason: z.string().describe('what was seen, or why it failed or was skipped'),
  by: z
    .enum(['host', 'guest'])
    .describe('who has seen it: this PC, or the VM itself, whose root can make it say anything'),
  ms: z.number(),
});

const lab = z.strictObject({
  ok: z.boolean().describe('no probe failed'),
  lab: z.string(),
  vms: z.array(
    z.strictObject({
      name: z.string(),
      address: z.string(),
      mac: z.string(),
      state: z.enum(['running', 'stopped']),
      accelerator: z.enum(['kvm', 'tcg']),
      boot: z
        .record(z.string(), z.number())
        .optional()
        .describe('milliseconds to each phase of the last boot'),
    }),
  ),
  verify: z.strictObject({ ok: z.boolean(), probes: z.array(probe) }),
  timings: z.record(z.string(), z.number()).describe('milliseconds by step; total is all of it'),
});

const ok = z.literal(true);
const guest = { ok, vm: z.string() };

/** The schema of the JSON of each command, by the command's name; `error` is what any of them prints when it fails. */
export const outputSchemas = {
  error: z.strictObject({
    ok: z.literal(false),
    error: z.strictObject({
      code: z
        .string()
        .describe('usage, failed, host-cannot, foreign, missing-program, locked, interrupted, bug'),
      message: z.string(),
      hint: z.string().optional().describe('what to type or change next'),
      file: z.string().optional(),
      line: z.number().optional(),
      column: z.number().optional(),
    }),
  }),
  provision: lab,
  verify: lab,
  reset: lab,
  restore: lab,
  ...cacheSchemas,
  destroy: z.strictObject({
    ok: z.boolean(),
    labs: z.array(
      z.strictObject({
        lab: z.string(),
        removed: z.array(z.string()),
        alreadyGone: z.array(z.string()),
        kept: z.array(z.string()),
        checkpoints: z.array(z.string()).describe('names of those that went with the disks'),
        left: z.array(z.strictObject({ id: z.string(), reason: z.string() })),
        differences: z
          .array(z.string())
          .optional()
          .describe('with --check: what of the host is not as it was before the first provision'),
        error: z
          .strictObject({
            code: z.enum(Object.keys(exitStatus) as ErrorCode[]),
            message: z.string(),
            hint: z.string().optional().describe('what to type or change next'),
          })
          .optional()
          .describe('why the lab was left alone, with --all'),
      }),
    ),
  }),
  status: z.strictObject({
    ok: z.boolean().describe('everything is as labnet made it'),
    lab: z.string(),
    rebooted: z.boolean().describe('the host was rebooted since'),
    resources: z.array(
      z.strictObject({
        id: z.string(),
        presence: z.enum(['ours', 'drifted', 'absent', 'foreign']),
        differences: z.array(z.string()),
      }),
    ),
  }),
  repair: z.strictObject({
    ok: z.boolean().describe('everything is repaired, and no probe failed'),
    lab: z.string(),
    resources: z.array(
      z.strictObject({
        id: z.string(),
        outcome: z.enum(['nothing to do', 'repaired', 'not repaired']),
        found: z.string().optional().describe('what was wrong with what is repaired'),
        reason: z.string().optional().describe('why it is not repaired'),
        hint: z.string().optional().describe('what to type or change next'),
      }),
    ),
    verify: z.strictObject({ ok: z.boolean(), probes: z.array(probe) }),
    timings: z.record(z.string(), z.number()).describe('milliseconds by step; total is all of it'),
  }),
  plan: z.strictObject({
    ok,
    lab: z.string(),
    plan: z.looseObject({ stages: z.array(z.looseObject({ title: z.string() })) }),
    script: z.string(),
  }),
  explain: z.union([
    z.strictObject({
      ok,
      kinds: z.array(z.strictObject({ kind: z.string(), example: z.string(), why: z.string() })),
    }),
    z.strictObject({
      ok,
      resources: z.array(
        z.strictObject({
          id: z.string(),
          why: z.string(),
          make: z.array(z.string()),
          remove: z.array(z.string()),
        }),
      ),
    }),
  ]),
  facts: hostFactsSchema,
  doctor: z.strictObject({
    ok: z.boolean().describe('no problem was found; warnings are none'),
    findings: z.array(
      z.strictObject({
        id: z.string(),
        level: z.enum(['good', 'warning', 'problem']),
        message: z.string(),
        remedy: z.string().optional(),
      }),
    ),
  }),
  ...imageSchemas,
  init: z.union([
    z.strictObject({ ok, template: z.string(), file: z.string() }),
    z.strictObject({ ok, templates: z.array(z.string()) }),
  ]),
  ssh: z.strictObject({
    ok: z.boolean(),
    vm: z.string(),
    status: z.number().describe('of the command in the VM'),
    stdout: z.string(),
    stderr: z.string(),
  }),
  host: z.strictObject({
    ok: z.boolean(),
    lab: z.string(),
    status: z.number().describe("of the command in the lab's host"),
    stdout: z.string(),
    stderr: z.string(),
  }),
  console: z.strictObject({ ...guest, user: z.string(), password: z.string() }),
  logs: z.strictObject({ ...guest, console: z.string(), qemu: z.string() }),
  export: z.strictObject({
    ok,
    out: z.string(),
    format: z.number(),
    lab: z.string(),
    flatten: z.boolean(),
    vms: z.array(
      z.strictObject({ name: z.string(), hostname: z.string(), address: z.string(), mac: z.string() }),
    ),
    files: z.array(z.strictObject({ file: z.string(), sha256: z.string(), bytes: z.number() })),
  }),
} as const;
