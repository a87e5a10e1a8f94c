import { serviceId } from '../graph/ids.ts';
import type { NodeId, ServiceNode, ServicePort } from '../graph/model.ts';
import { Field } from '../policy/objects/field.ts';
import type { KeptObject } from './kept.ts';
import type { Pod } from './objects.ts';
import { indexByLabels, type Selector } from './selector.ts';
import { appProtocolWord, hostWord, portNameWord, portWord, protocolWord, servicePortNameWord } from './words.ts';
import type { WorkloadFacts } from './workload-facts.ts';

/** A Service as everything else needs to know it. */
export interface ServiceFacts {
  readonly id: NodeId;
  readonly name: string;
  readonly object: KeptObject;
  readonly type: ServiceNode['type'];
  /** Empty: it names no pods. */
  readonly selector: Selector;
  /** All of them, those that cannot be read left out. */
  readonly ports: readonly ServicePort[];
  readonly externalName: string | undefined;
  /** The workloads behind it with those of their pods that it selects; none of a workload whose template alone it selects. By kind, then name. */
  readonly behind: readonly { readonly workload: WorkloadFacts; readonly pods: readonly Pod[] }[];
}

/** Whether a Service certainly has no such port: an alias need not list the ports of what it stands for. */
export function lacksPort({ ports, type }: ServiceFacts, port: unknown): boolean {
  return ports.every((known) => known.port !== port) && (type !== 'ExternalName' || ports.length > 0);
}

const TYPES = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] as const;

/** The Services of a namespace. `workloads` are all of the namespace, by kind, then name. */
export function findServices(
  namespace: string,
  services: readonly KeptObject[],
  workloads: readonly WorkloadFacts[],
): ReadonlyMap<string, ServiceFacts> {
  const pods = workloads.flatMap((workload) => workload.pods.map((pod) => ({ workload, pod, labels: pod.labels })));
  const podsBy = indexByLabels(pods, ({ labels }) => labels);
  const templatesBy = indexByLabels(workloads, ({ template }) => template.labels);
  const place = new Map(workloads.map((workload, index) => [workload, index]));
  return new Map(
    services.map((object) => {
      const spec = new Field(object.spec);
      const type = TYPES.find((known) => known === spec.at('type').value) ?? 'ClusterIP';
      const selector = type === 'ExternalName' ? [] : [...spec.at('selector').labels];
      const behind = new Map<WorkloadFacts, Pod[]>();
      for (const workload of templatesBy(selector)) behind.set(workload, []);
      for (const { workload, pod } of podsBy(selector)) {
        const same = behind.get(workload);
        if (same === undefined) behind.set(workload, [pod]);
        else same.push(pod);
      }
      const facts: ServiceFacts = {
        id: serviceId(namespace, object.name),
        name: object.name,
        object,
        // `clusterIP: None`: clients see the pods' addresses.
        type: type === 'ClusterIP' && spec.at('clusterIP').value === 'None' ? 'Headless' : type,
        selector,
        ports: spec.at('ports').items.flatMap((port) => readPort(port) ?? []),
        externalName: type === 'ExternalName' ? hostWord(spec.at('externalName').value) : undefined,
        behind: [...behind]
          .map(([workload, selected]) => ({ workload, pods: selected }))
          .sort((a, b) => (place.get(a.workload) ?? 0) - (place.get(b.workload) ?? 0)),
      };
      return [object.name, facts] as const;
    }),
  );
}

function readPort(field: Field): ServicePort | undefined {
  const port = portWord(field.at('port').value);
  const protocol = protocolWord(field.at('protocol').value);
  if (port === undefined || protocol === undefined) return undefined;
  const name = servicePortNameWord(field.at('name').value);
  const target = field.at('targetPort').value;
  const targetPort = portWord(target) ?? portNameWord(target);
  const appProtocol = appProtocolWord(field.at('appProtocol').value);
  return {
    port,
    protocol,
    ...(name === undefined ? {} : { name }),
    ...(targetPort === undefined || targetPort === port ? {} : { targetPort }),
    ...(appProtocol === undefined ? {} : { appProtocol }),
  };
}
