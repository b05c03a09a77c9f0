import { execa } from 'execa';
import { expect } from 'vitest';
import type { Workplace } from './workplace.ts';

/** A terminal in a workplace's cage, at which labnet runs. */
export interface Terminal {
  /** What stands on it; after the run "ended with STATUS". */
  screen(): Promise<string>;
  type(...keys: string[]): Promise<void>;
  /** Ends all that runs at it. */
  close(): Promise<void>;
}

const end = 'ended with';

/** What a terminal takes of the place in which it is opened. */
export type TerminalPlace = Pick<Workplace, 'cli' | 'directory' | 'enter' | 'env' | 'inside'>;

export async function openTerminal(place: TerminalPlace, ...words: string[]): Promise<Terminal> {
  const settings = Object.entries(place.env).map(([name, value]) => `${name}=${value}`);
  const command = ['env', ...settings, 'node', place.cli, ...words].join(' ');
  const tmux = async (...argv: string[]) => {
    const inCage = [...place.enter, 'tmux', '-S', `${place.directory}/tmux`, ...argv];
    const [program = '', ...args] = inCage;
    return (await execa(program, args)).stdout;
  };
  await tmux('new-session', '-d', '-x', '110', '-y', '50', `${command}; echo "${end} $?"; read -r _`);
  return {
    screen: () => tmux('capture-pane', '-p', '-S', '-200'),
    async type(...keys) {
      await tmux('send-keys', ...keys);
    },
    async close() {
      await tmux('kill-server');
      const left = () => place.inside('pgrep', '--full', end).catch(() => '');
      await expect.poll(left).toBe('');
    },
  };
}
