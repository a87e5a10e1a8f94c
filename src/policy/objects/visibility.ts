/** Which namespaces see an object: `exportTo` with `.` put in plain words. */
export interface Visibility {
  readonly everywhere: boolean;
  readonly namespaces: ReadonlySet<string>;
}

/** Reads `exportTo`: absent or `*` is everywhere, `.` the object's own namespace, `~` nowhere. */
export function readVisibility(exportTo: readonly string[], ownNamespace: string): Visibility {
  const everywhere = exportTo.length === 0 || exportTo.includes('*');
  return { everywhere, namespaces: new Set(exportTo.map((scope) => (scope === '.' ? ownNamespace : scope))) };
}

export function isVisible({ everywhere, namespaces }: Visibility, from: string): boolean {
  return everywhere || namespaces.has(from);
}
