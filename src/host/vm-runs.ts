import * as z from '../zod.ts';
import type { Host } from './host.ts';

const schema = z.looseObject({ status: z.string() });

/** Whether the VM behind a QMP socket runs (`query-status`); one whose QEMU does not answer does not. */
export async function vmRuns(qmp: string, host: Pick<Host, 'qmp'>): Promise<boolean> {
  const said = await host.qmp(qmp, 'query-status').catch(() => undefined);
  return schema.safeParse(said).data?.status === 'running';
}
