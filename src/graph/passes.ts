import type { PodCounts, ServiceFilter } from './model.ts';

/** Whether a service passes a filter. `unmeshed`: at least one of its pods is in no mesh; a mesh's name: at least one is in that mesh. */
export function passes(service: PodCounts, filter: ServiceFilter): boolean {
  if (filter === 'all') return true;
  if (filter === 'unmeshed') return service.meshedPods < service.pods;
  return service.meshes.includes(filter);
}
