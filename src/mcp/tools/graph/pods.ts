import type { PodCounts } from '../../../graph/model.ts';

/** `linkerd 2/3`, `none 0/2`, `no pods` */
export function podsText({ pods, meshedPods, meshes }: PodCounts): string {
  if (pods === 0) return 'no pods';
  return `${meshes.length === 0 ? 'none' : meshes.join('+')} ${meshedPods}/${pods}`;
}

/** Pods as members of `podsShape`. */
export function podsData({ pods, meshedPods, meshes }: PodCounts) {
  return { pods, meshedPods, meshes: [...meshes] };
}
