import type { KubeApiServer } from './kube-apiserver.ts';

/** Every object that lasts: kind, namespace and name, then what changes with it. Without what the controllers write all the time. */
export async function snapshot(api: KubeApiServer): Promise<readonly string[]> {
  const kinds = (await api.kubectl(['api-resources', '--verbs=list', '--output=name']))
    .split('\n')
    .filter((name) => name !== '' && !/^(events|leases|componentstatuses|nodes|ipaddresses|endpoints)\b/.test(name));
  const columns = "{.kind}/{.metadata.namespace}/{.metadata.name} {.metadata.generation} {.metadata.resourceVersion}{'\\n'}";
  const list = await api.kubectl(['get', kinds.join(','), '--all-namespaces', '--output', `jsonpath={range .items[*]}${columns}{end}`]);
  return list.split('\n').filter((line) => line !== '' && !/^(ConfigMap\/.*\/kube-root-ca\.crt|ServiceAccount\/.*\/default) /.test(line));
}

/** Of a snapshot's lines, what they are about. */
export const names = (lines: readonly string[]): readonly string[] => lines.map((line) => line.replace(/ .*/, '')).sort();
