import { describeKubernetes } from '../contract/kubernetes.ts';
import { makeAccounts } from './support/accounts.ts';
import { startKubeApiServer } from './support/kube-apiserver.ts';
import { startPlainProxy } from './support/proxies.ts';
import { seed } from './support/seed.ts';
import { useServers } from './support/servers.ts';

const servers = useServers();

/** What the product relies on, held against a real API server with the objects of the demo cluster. */
describeKubernetes('kube-apiserver', async () => {
  const api = await startKubeApiServer(servers);
  await seed(api);
  const accounts = await makeAccounts(api);
  const { url } = await startPlainProxy(servers, api);
  const as = (token: string) => [['authorization', `Bearer ${token}`]] as const;
  const finished = await api.kubectl(['get', 'pods', '--namespace=shop', '--field-selector=status.phase=Failed', '--output=name']);
  return {
    get: async (target, headers) => {
      const response = await fetch(`${url}${target}`, { headers: headers.map(([name, value]): [string, string] => [name, value]) });
      return { status: response.status, body: await response.text() };
    },
    reader: as(accounts.readerAhead),
    withoutPods: as(accounts.servicesOnly),
    namespace: 'shop',
    finishedPod: finished.trim().replace(/^pod\//, ''),
    expiredToken: async () => {
      await api.compact();
      return tokenBeforeAll();
    },
  };
});

/**
 * A continue token in the API server's own form (kubernetes, apiserver/pkg/storage/continue.go), for the state before its first: see startEtcd. One that
 * the server gave itself would not do, for it answers from its memory of the last minute or so, whatever etcd has forgotten.
 */
function tokenBeforeAll(): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 1, start: 'default/kubernetes\u0000' })).toString('base64url');
}
