/** A command as it is run in a network namespace, given by the path of its file; unchanged without one. */
export function inNamespace(argv: readonly string[], namespace: string | undefined): readonly string[] {
  return namespace === undefined ? argv : ['nsenter', `--net=${namespace}`, '--', ...argv];
}
