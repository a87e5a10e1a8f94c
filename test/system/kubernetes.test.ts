import { SAMPLE } from '../../src/demo/kubernetes/sample.ts';
import { describeKubernetes } from '../contract/kubernetes.ts';
import { makeAccounts } from './support/accounts.ts';
import { watchLines } from './support/api-watch.ts';
import { installCrds } from './support/crds.ts';
import { startKubeApiServer } from './support/kube-apiserver.ts';
import { startPlainProxy } from './support/proxies.ts';
import { seed } from './support/seed.ts';
import { useServers } from './support/servers.ts';

const servers = useServers();

/** What the product relies on, held against a real API server with the objects of the demo cluster and the real CustomResourceDefinitions. */
describeKubernetes('kube-apiserver', async () => {
  const api = await startKubeApiServer(servers);
  await installCrds(api);
  const scratch = 'scratch';
  await seed(api, [...SAMPLE, { name: scratch, workloads: [], services: [] }]);
  const accounts = await makeAccounts(api);
  const { url } = await startPlainProxy(servers, api);
  const as = (token: string) => [['authorization', `Bearer ${token}`]] as const;
  const finished = await api.kubectl(['get', 'pods', '--namespace=shop', '--field-selector=status.phase=Failed', '--output=name']);
  return {
    ask: async ({ method, target, headers, body }) => {
      const given = headers.map(([name, value]): [string, string] => [name, value]);
      const response = await fetch(`${url}${target}`, { method, headers: given, ...(body === undefined ? {} : { body }) });
      return { status: response.status, headers: [...response.headers], body: await response.text() };
    },
    watch: (target, headers) => watchLines(`${url}${target}`, headers),
    reader: as(accounts.readerAhead),
    writer: as(api.adminToken),
    withoutPods: as(accounts.servicesOnly),
    namespace: 'shop',
    scratch,
    finishedPod: finished.trim().replace(/^pod\//, ''),
    expiredToken: async () => {
      await api.compact();
      return tokenBeforeAll();
    },
    // See startEtcd: from before the API server's first.
    ancientResourceVersion: '1',
  };
});

/**
 * A continue token in the API server's own form (kubernetes, apiserver/pkg/storage/continue.go), for the state before its first: see startEtcd. One that
 * the server gave itself would not do, for it answers from its memory of the last minute or so, whatever etcd has forgotten.
 */
function tokenBeforeAll(): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 1, start: 'default/kubernetes\u0000' })).toString('base64url');
}
