/**
 * A check: one question to a running lab, as data. The words are those of lab files and of goss, so that a teacher knows
 * them: a map with exactly one verb, and from where it is asked.
 */
import * as z from '../zod.ts';

/** Text of one line that goes into a guest's shell as one word. */
const text = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[^\0\n]*$/, 'one line of text');

/** A name or an address; it may be no option to a program. */
const host = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/, 'a name or an address');

const address = z.ipv4();
const device = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/, 'the name of a network card');

/** A map of one entry: a check asks for one thing. */
const one = <V extends z.ZodType>(key: z.ZodString, value: V) =>
  z
    .record(key, value)
    .refine((map) => Object.keys(map).length === 1, 'one entry: a check asks for one thing');

/** What of a file can be asked. */
const fileFacets = z.strictObject({
  exists: z.boolean().default(true),
  mode: z
    .string()
    .regex(/^[0-7]{3,4}$/)
    .optional(),
  owner: text.optional(),
  is: text.optional().describe('its one line'),
  contains: z.array(text).optional().describe('texts; a regular expression stands between slashes'),
  names: z.record(host, address).optional().describe('names as hosts(5) must give them'),
});

/** The verbs, each with what it asks for. */
const verbs = {
  ping: host.describe('who must answer: a name or an address'),
  port: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}:\d{1,5}$/, 'HOST:PORT')
    .describe('what must take a TCP connection: HOST:PORT'),
  http: z
    .strictObject({
      url: text.regex(/^http:\/\/[A-Za-z0-9]/, 'a URL that begins with http://'),
      status: z.int().min(100).max(599).default(200),
      body: text.optional().describe('text that the answer has; a regular expression between slashes'),
    })
    .describe('a web server and what it must answer'),
  dns: z
    .strictObject({
      name: host.optional(),
      type: z.enum(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'TXT']).default('A'),
      is: z.array(text).optional().describe('all that must be answered, in any order; left out: anything'),
      server: address.optional().describe('who is asked; left out: whom the VM asks'),
      servers: z.array(address).optional().describe('in place of a name: the name servers that the VM asks'),
    })
    .refine(({ name, servers }) => (name === undefined) !== (servers === undefined), 'either name or servers')
    .describe('a name and what it must stand for'),
  route: z
    .strictObject({
      to: z.union([z.literal('default'), z.cidrv4()]),
      via: address.optional().describe('left out: the network is at the card itself'),
      dev: device,
    })
    .describe("the VM's route to a network; there must be no other to it"),
  address: z
    .strictObject({ dev: device, is: z.array(z.cidrv4()) })
    .describe('the IPv4 addresses that a network card must have, and no other'),
  file: one(text.regex(/^\//, 'an absolute path'), fileFacets).describe('a file and what it must be'),
  service: one(
    text.regex(/^[A-Za-z0-9@][A-Za-z0-9@._:-]*$/, 'the name of a service'),
    z.strictObject({ running: z.boolean().optional(), enabled: z.boolean().optional() }),
  ).describe('a service of systemd and how it must be'),
  command: z
    .strictObject({
      run: z.string().min(1).max(4000),
      exit: z.int().min(0).max(255).default(0),
      stdout: text.optional().describe('text that it prints; a regular expression between slashes'),
    })
    .describe('a line of the shell and how it must end'),
  'kernel-param': one(text.regex(/^[A-Za-z0-9][\w./-]*$/, 'a name as sysctl(8) has it'), text).describe(
    'a setting of the kernel and its value',
  ),
} as const;

/** The words that ask. */
export type Verb = keyof typeof verbs;

const isVerb = (key: string): key is Verb => Object.hasOwn(verbs, key);

const vm = z.string().regex(/^[a-z][a-z0-9-]*$/);

/**
 * A check as it is written. What `from` a VM is asked of others, and what the host asks, cannot be made up by the VM that
 * is asked about; what a VM says of itself can, by who is root there.
 */
export const checkSchema = z
  .strictObject({
    id: z.string().optional().describe('by which its result is found'),
    title: text.optional().describe('what it is about, in words for people'),
    vm: vm.optional().describe('the VM that is asked about itself'),
    from: vm.optional().describe('the VM that asks others'),
    host: z.literal(true).optional().describe('the host asks'),
    within: z
      .number()
      .positive()
      .optional()
      .describe('seconds in which it must come true; left out: at once'),
    ...(Object.fromEntries(
      Object.entries(verbs).map(([name, shape]) => [name, shape.optional()]),
    ) as unknown as { readonly [V in Verb]: z.ZodOptional<(typeof verbs)[V]> }),
  })
  .refine((check) => Object.keys(check).filter(isVerb).length === 1, 'a check has exactly one verb')
  .refine(
    ({ vm: about, from, host: outside }) =>
      [about, from, outside].filter((who) => who !== undefined).length === 1,
    'a check says who is asked: vm, from or host',
  );

/** A check with its defaults filled in. */
export type Check = z.output<typeof checkSchema>;

/** What a check may leave out is not written. */
export type WrittenCheck = z.input<typeof checkSchema>;

/** What of a file a check asks. */
export type FileFacets = z.output<typeof fileFacets>;
