import { fileURLToPath } from 'node:url';
import { toolPath } from '../tools/cache.ts';
import { type KubeApiServer, startKubeApiServer } from './kube-apiserver.ts';
import { startProcess } from './process.ts';
import type { Servers } from './servers.ts';
import { until } from './wait.ts';

const NODE = 'simulated';
const STAGES = fileURLToPath(new URL('./stages.yaml', import.meta.url));

/**
 * A cluster without machines: the real API server, controller manager and scheduler, and one node that KWOK plays, where every pod is ready at once and no
 * container runs. Resolves once that node is ready. `options` are more options of the API server.
 */
export async function startCluster(servers: Servers, options: readonly string[] = []): Promise<KubeApiServer> {
  const api = await startKubeApiServer(servers, options);
  const common = ['--kubeconfig', api.kubeconfig, '--leader-elect=false', '--secure-port', '0'];
  const keys = ['--service-account-private-key-file', api.serviceAccountKeyFile, '--root-ca-file', api.caFile];
  // Tests wait for what the controllers do: they need not be sparing with requests.
  const rate = ['--kube-api-qps', '200', '--kube-api-burst', '400'];
  // Autoscalers have no metrics here, but they hold to their least number of replicas, and not only after 15 s.
  const autoscaling = ['--horizontal-pod-autoscaler-sync-period', '1s'];
  await startProcess(servers, { command: toolPath('kube-controller-manager'), args: [...common, ...keys, ...rate, ...autoscaling] });
  await startProcess(servers, { command: toolPath('kube-scheduler'), args: [...common, ...rate] });
  const kwok = await startProcess(servers, {
    command: toolPath('kwok'),
    args: [
      ...['--kubeconfig', api.kubeconfig, '--config', STAGES, '--manage-single-node', NODE, '--server-address', '127.0.0.1:0'],
      // Without a lease the node lifecycle controller takes the node for dead after 40 s.
      ...['--node-lease-duration-seconds', '40'],
    ],
  });
  await api.apply([{ apiVersion: 'v1', kind: 'Node', metadata: { name: NODE, labels: { 'kubernetes.io/hostname': NODE } } }]);
  await until('the simulated node is ready', async () => {
    kwok.check();
    const conditions = await api.kubectl(['get', 'node', NODE, '-o', "jsonpath={.status.conditions[?(@.type=='Ready')].status}"]);
    return conditions === 'True' || undefined;
  });
  return api;
}
