/** One thing about the host. */
export interface HostFinding {
  readonly id: string;
  /** `warning`: labs work, but not as well or not all; `problem`: they do not. */
  readonly level: 'good' | 'warning' | 'problem';
  readonly message: string;
  readonly remedy?: string | undefined;
}
