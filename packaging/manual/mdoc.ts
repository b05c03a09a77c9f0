/** The few words of mdoc(7) that the pages are written in. Each function gives whole lines. */

/** Text that means itself, wherever it stands on a line. */
export function plain(text: string): string {
  return [...text.replaceAll('\\', '\\e')]
    .map((letter) => (letter > '~' ? unicode(letter) : letter))
    .join('');
}

const unicode = (letter: string) =>
  `\\[u${letter.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`;

/** What is typed: its dashes stay dashes when it is copied from the page. */
export function typed(text: string): string {
  return plain(text).replaceAll('-', '\\-');
}

/** A paragraph, each sentence on a line of its own. Words between backquotes are words to type. */
export function prose(text: string): string {
  const marked = text
    .split('`')
    .map((part, index) => (index % 2 === 0 ? plain(part) : `\\fB${unbroken(part)}\\fP`))
    .join('');
  return marked
    .split(/(?<=[.;:]) (?=[A-Z])|\n/)
    .map((line) => (/^[.']/.test(line) ? `\\&${line}` : line))
    .join('\n');
}

/** No word of it is divided at the end of a line. */
const unbroken = (text: string) => typed(text).replace(/\S+/g, (word) => `\\%${word}`);

/** A sentence of what help says in passing. A word to type keeps its small letter. */
export function sentence(text: string): string {
  const [first = ''] = text.split(' ');
  const whole = `${text}${/[.)]$/.test(text) ? '' : '.'}`;
  return /[:\d`]/.test(first) ? whole : `${whole.charAt(0).toUpperCase()}${whole.slice(1)}`;
}

/** The words of a macro: none of them is taken for another macro. */
export function words(...texts: readonly string[]): string {
  const word = (text: string) => typed(text).replaceAll('"', '\\(dq');
  return texts.map((text) => (/^[A-Z][a-z]{1,2}$/.test(text) ? `\\&${text}` : `"${word(text)}"`)).join(' ');
}

export function section(title: string, ...content: readonly string[]): string {
  return [`.Sh ${title.toUpperCase()}`, ...content].join('\n');
}

export interface Item {
  /** A whole macro. */
  readonly head: string;
  /** Lines. */
  readonly body: string;
}

export function list(items: readonly Item[], { compact = false } = {}): string {
  const lines = items.map(({ head, body }) => `.It ${head}\n${body}`);
  return [`.Bl -tag -width Ds${compact ? ' -compact' : ''}`, ...lines, '.El'].join('\n');
}

/** Lines as they are. */
export function literal(text: string): string {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => (/^[.']/.test(line) ? `\\&${typed(line)}` : typed(line)));
  return ['.Bd -literal -offset indent', ...lines, '.Ed'].join('\n');
}

export interface PageHead {
  /** "labnet". */
  readonly name: string;
  readonly section: number;
  readonly about: string;
  /** Seconds since 1970. */
  readonly date: number;
  readonly version: string;
}

/** A whole page: head, NAME, and its sections. */
export function page(head: PageHead, ...sections: readonly string[]): string {
  const { name, about, date, version } = head;
  const day = new Date(date * 1000).toLocaleDateString('en-US', {
    timeZone: 'UTC',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
  });
  const lines = [
    `.Dd ${day}`,
    `.Dt ${name.toUpperCase()} ${head.section}`,
    `.Os "labnet ${version}"`,
    section('Name', `.Nm ${name}`, `.Nd ${words(about)}`),
    ...sections,
  ];
  return `${lines.join('\n')}\n`;
}
