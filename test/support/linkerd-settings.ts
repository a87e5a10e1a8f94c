import type { LinkerdSettings } from '../../src/policy/linkerd/world.ts';

/** As Linkerd's chart has them. */
export const CHART_SETTINGS: LinkerdSettings = {
  controlNamespace: 'linkerd',
  trustDomain: 'cluster.local',
  clusterDomain: 'cluster.local',
  defaultInboundPolicy: 'all-unauthenticated',
  clusterNetworks: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  probeNetworks: ['0.0.0.0/0', '::/0'],
  assumed: [],
};
