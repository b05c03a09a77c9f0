import { vi } from 'vitest';
import { drawn } from '../../../src/progress/drawn.ts';
import type { Progress } from '../../../src/progress/progress.ts';

/** What progress writes where nothing can be redrawn, while this is done. */
export async function said(act: (progress: Progress) => Promise<unknown>): Promise<string> {
  const lines: string[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  try {
    await act(drawn(false));
  } finally {
    write.mockRestore();
  }
  return lines.join('');
}
