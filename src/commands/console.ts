import { createConnection } from 'node:net';
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { isPasswordHash } from '../lab/password.ts';
import { vmPaths } from '../paths.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import { ConsoleLogin } from '../qemu/console-login.ts';
import type { Context, Result } from '../runs/context.ts';
import { findGuest, requireRunning } from '../runs/guest.ts';
import * as z from '../zod.ts';

/** The flags of `labnet console`. */
export interface ConsoleOptions {
  readonly lab?: string | undefined;
  readonly showPassword?: boolean | undefined;
}

/** The byte of Ctrl-], which leaves the console, as in telnet(1). */
const leave = 0x1d;

/**
 * Opens the serial console of a VM, logged in where the VM's password is one that labnet has drawn for it. It works
 * when the network does not; Ctrl-] leaves it.
 *
 * @throws LabnetError failed when the VM does not run, locked while another console is open, usage with --json
 */
export async function console(
  vm: string,
  options: ConsoleOptions,
  context: Context,
): Promise<Result<'console'>> {
  const { guest, plan } = await findGuest(vm, options.lab, context);
  const paths = vmPaths(context.roots, plan.lab, guest.name);
  const kept = ((await context.host.read(paths.password)) ?? '').trim();
  const password = isPasswordHash(kept) ? undefined : kept;
  if (options.showPassword === true) {
    if (password === undefined) throw unknownPassword(vm);
    return { json: { ok: true, vm, user: guest.user, password }, text: `${guest.user} ${password}` };
  }
  if (context.options.json) {
    throw new LabnetError('usage', 'a console is for people: --json goes with --show-password alone');
  }
  await requireRunning(guest, context);
  await requireFree(vm, paths.qmp, context.host);
  if (password === undefined) context.say(unknownPassword(vm).message);
  else if (!typable(plan, paths.password))
    context.say(`The password of ${vm} is the lab file's: type it yourself, where you trust who asks.`);
  context.say(`The console of ${vm}; Ctrl-] leaves it.`);
  const typed = typable(plan, paths.password) ? password : undefined;
  await talk(paths.console, new ConsoleLogin(guest.hostname, guest.user, typed), context);
  return { json: undefined, text: '' };
}

/**
 * Whether labnet may type a VM's password by itself. What asks for it may be root in the VM, who can imitate any login.
 * A password that labnet has drawn is for this VM alone, whose root could set another: typing it gives nothing away. A
 * password of the lab file may open other VMs, and more.
 */
export function typable(plan: Plan, file: string): boolean {
  return specsOf(plan).some(
    (spec) => spec.kind === 'password' && spec.path === file && spec.given === undefined,
  );
}

function unknownPassword(vm: string): LabnetError {
  return new LabnetError(
    'failed',
    `labnet has only the hash of the password of ${vm}, as the lab file gives it`,
    {
      hint: 'whoever made the hash knows it',
    },
  );
}

const chardevs = z.array(z.looseObject({ label: z.string(), filename: z.string() }));

/**
 * Refuses a console at which somebody is already: QEMU serves one user at a time, and lets a second wait without a
 * word. Of a free console it says "disconnected:".
 *
 * @throws LabnetError locked
 */
export async function requireFree(vm: string, qmp: string, host: Pick<Host, 'qmp'>): Promise<void> {
  const found = chardevs.parse(await host.qmp(qmp, 'query-chardev'));
  if (found.some(({ label, filename }) => label === 'console' && filename.startsWith('disconnected:')))
    return;
  throw new LabnetError('locked', `somebody is at the console of ${vm} already`, {
    hint: 'Ctrl-] leaves it there',
  });
}

function talk(path: string, login: ConsoleLogin, { signal }: Context): Promise<void> {
  const { stdin, stdout } = process;
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    const end = () => {
      stdin.setRawMode?.(false);
      stdin.pause();
      socket.destroy();
      resolve();
    };
    socket.once('error', (cause) =>
      reject(
        new LabnetError('failed', `no console at ${path}`, {
          hint: 'sudo labnet status tells whether the VM runs',
          cause,
        }),
      ),
    );
    socket.once('close', end);
    signal.addEventListener('abort', end, { once: true });
    socket.on('connect', () => {
      stdin.setRawMode?.(true);
      // An empty line makes a waiting login prompt show itself.
      socket.write('\r');
    });
    socket.on('data', (bytes) => {
      stdout.write(bytes);
      const answer = login.answer(bytes.toString('latin1'));
      if (answer !== undefined) socket.write(`${answer}\r`);
    });
    stdin.on('data', (bytes: Buffer) => {
      if (bytes.includes(leave)) end();
      else socket.write(bytes);
    });
    stdin.once('end', end);
  });
}
