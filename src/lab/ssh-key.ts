/** A public ssh key as a line of a .pub file: what is wrong with it, told before a VM boots that nobody can enter. */

/**
 * What stands in a key behind its type, field by field: a curve's name, the length of a field in bytes, or anything
 * (RFC 4253, 6.6; RFC 5656, 3.1; RFC 8709, 4; OpenSSH's PROTOCOL.u2f). ssh-dss is not here: sshd takes none since 7.0.
 */
const forms: Readonly<Record<string, readonly (string | number | undefined)[]>> = {
  'ssh-ed25519': [32],
  'ssh-rsa': [undefined, undefined],
  'ecdsa-sha2-nistp256': ['nistp256', 65],
  'ecdsa-sha2-nistp384': ['nistp384', 97],
  'ecdsa-sha2-nistp521': ['nistp521', 133],
  'sk-ssh-ed25519@openssh.com': [32, undefined],
  'sk-ecdsa-sha2-nistp256@openssh.com': ['nistp256', 65, undefined],
};

/** The fewest bits of a key of RSA: sshd refuses shorter ones (sshd_config(5), RequiredRSASize). */
const shortestRsa = 1024;

const cutShort = 'is cut short: copy the whole line of the .pub file';

/** What is wrong with a line as a public key; undefined when it is one. */
export function sshKeyFlaw(line: string): string | undefined {
  const other = otherThing(line);
  if (other !== undefined) return other;
  const [type = '', blob = '', ...comment] = line.split(/ +/);
  const form = Object.hasOwn(forms, type) ? forms[type] : undefined;
  if (form === undefined) return typeFlaw(line, type);
  if (blob === '') return `has no key behind its type: ${cutShort}`;
  const flaw = blobFlaw(blob, type, form);
  if (flaw === undefined) return undefined;
  // A key that was folded over lines is whole again without the blanks.
  const folded = comment.some(
    (_, index) => blobFlaw([blob, ...comment.slice(0, index + 1)].join(''), type, form) === undefined,
  );
  return folded ? 'has a blank or a new line in the middle of its key: write the key as one word' : flaw;
}

function otherThing(line: string): string | undefined {
  if (/^-----BEGIN [A-Z0-9 ]*PRIVATE KEY|^PuTTY-User-Key-File/.test(line))
    return 'is a private key, which must stay with its owner: give the line of the .pub file beside it';
  if (/^-{4,5} ?BEGIN /.test(line))
    return 'is a key in another form: ssh-keygen -i -f FILE prints it as the line that is wanted';
  if (/[\n\t]/.test(line) || line.trim() === '') return 'must be one line, without tabs, and not empty';
  if (line !== line.trim()) return 'must not begin or end with a blank';
  if (/^(?:~|\.{0,2}\/)\S*$|\.pub$/.test(line) && !line.includes(' '))
    return 'is the name of a file: what stands in the file belongs here';
  return undefined;
}

function typeFlaw(line: string, type: string): string {
  const types = Object.keys(forms).join(', ');
  if (type.startsWith('AAAA')) return `has no type in front of the key, which is one of ${types}`;
  if (/-cert-v0\d@openssh\.com$/.test(type)) return 'is a certificate: give the public key that it is for';
  if (type === 'ssh-dss')
    return 'is of type ssh-dss, which sshd takes no more: make another key, ssh-keygen -t ed25519';
  if (/[ ,](?:ssh-|ecdsa-|sk-)\S+ +AAAA/.test(line))
    return 'has options in front: give the type, the key and a comment alone';
  return `must be a public ssh key: a type, the key, a comment. ${shownType(type)} is none of ${types}`;
}

/** The first word of a line as it may be shown: a long one may be half of a private key. */
function shownType(type: string): string {
  return type.length > 40 ? 'Its first word' : `"${type}"`;
}

function blobFlaw(
  blob: string,
  type: string,
  form: readonly (string | number | undefined)[],
): string | undefined {
  const strange = /[^A-Za-z0-9+/=]/u.exec(blob)?.[0];
  if (strange !== undefined)
    return `has the character ${JSON.stringify(strange)} in its key, which no key has`;
  const bytes = Buffer.from(blob, 'base64');
  const whole = bytes.toString('base64') === blob;
  const { fields, rest } = fieldsOf(bytes);
  const [inside, ...values] = fields;
  if (inside !== undefined && inside.toString('latin1') !== type) return innerTypeFlaw(inside, type);
  if (!whole || values.length < form.length) return cutShort;
  if (rest > 0 || values.length > form.length) return 'has more behind its end than a key of its type has';
  const fits = form.every((want, index) => {
    const value = values[index] ?? Buffer.alloc(0);
    return typeof want === 'string'
      ? value.toString('latin1') === want
      : (want ?? value.length) === value.length;
  });
  if (!fits) return `holds no key of the type ${type}`;
  return type === 'ssh-rsa' ? rsaFlaw(values) : undefined;
}

function innerTypeFlaw(inside: Buffer, type: string): string {
  const name = inside.toString('latin1');
  if (!/^[a-z0-9@.-]{1,64}$/.test(name)) return `holds no key of the type ${type}`;
  return `says that it is of type ${type}, but its key is of type ${name}`;
}

function rsaFlaw([exponent, modulus]: readonly Buffer[]): string | undefined {
  const hex = modulus?.toString('hex').replace(/^0+/, '') ?? '';
  if (exponent === undefined || exponent.length === 0 || hex === '')
    return 'holds no key of the type ssh-rsa';
  const bits = BigInt(`0x${hex}`).toString(2).length;
  if (bits < shortestRsa) return `is a key of ${bits} bits: sshd takes ${shortestRsa} and more`;
  return undefined;
}

/**
 * The fields of a key, each of which stands behind its length of four bytes (RFC 4251, section 5), and how many bytes
 * are left over.
 */
function fieldsOf(bytes: Buffer): { readonly fields: readonly Buffer[]; readonly rest: number } {
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) break;
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return { fields, rest: bytes.length - at };
}
