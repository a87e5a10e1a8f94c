import type { Toolset } from '../../config.ts';

/** Whether something is offered while these toolsets are on; what belongs to none always is. */
export function isOffered({ toolset }: { readonly toolset?: Toolset | undefined }, toolsets: readonly Toolset[]): boolean {
  return toolset === undefined || toolsets.includes(toolset);
}
