import { describe, expect, it } from 'vitest';
import { HUB_CALLERS, HUBS, HubCluster } from '../../../../bench/scale/hub.ts';

describe('a cluster with hubs', () => {
  const cluster = new HubCluster();
  const calls = Array.from({ length: cluster.namespaces }, (_, namespace) => cluster.calls(namespace)).flat();

  it.each(Object.values(HUBS))('has as many callers of each as were asked for: %j', (hub) => {
    const callers = calls.filter(({ to }) => to.namespace === hub.namespace && to.service === hub.service).map(({ from }) => from);
    expect(new Set(callers.map((from) => JSON.stringify(from))).size).toBe(HUB_CALLERS);
    expect(callers).toHaveLength(HUB_CALLERS);
    expect(callers.every(({ namespace }) => namespace % 2 === hub.namespace % 2 && namespace < cluster.namespaces)).toBe(true);
    expect(callers).not.toContainEqual(hub);
  });
});
