import { compareAge } from '../objects/age.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { selectionOf } from '../objects/selection.ts';
import type { Workload, WorkloadIndex } from './workloads.ts';

export type MtlsMode = 'STRICT' | 'PERMISSIVE' | 'DISABLE';

/** How a workload's port takes connections, and the PeerAuthentication that says so; none where Istio's default holds. */
export interface MtlsSetting {
  readonly mode: MtlsMode;
  readonly object: KubeObject | undefined;
}

/**
 * Which PeerAuthentication holds for a port: the port's own setting, then the workload's, the namespace's, the mesh's, then PERMISSIVE. The oldest wins among
 * equals; UNSET asks the next level. In the root namespace a policy with a selector holds nowhere (istio, pilot/pkg/security/authn:
 * `ComposePeerAuthentication`).
 */
export class MtlsIndex {
  readonly #wide = new Map<string, KubeObject>();
  readonly #own = new Map<Workload, KubeObject>();
  readonly #root: string;

  constructor(policies: readonly KubeObject[], workloads: WorkloadIndex, rootNamespace: string) {
    this.#root = rootNamespace;
    for (const policy of [...policies].sort(compareAge)) {
      const { namespace } = policy;
      const labels = selectionOf(policy)?.labels;
      if (labels === undefined || labels.size === 0) {
        if (!this.#wide.has(namespace)) this.#wide.set(namespace, policy);
      } else if (namespace !== rootNamespace) {
        for (const workload of workloads.select(labels, namespace)) if (!this.#own.has(workload)) this.#own.set(workload, policy);
      }
    }
  }

  /** How a port of a workload takes connections; without a port, what holds for those that have no setting of their own. */
  of(workload: Workload, port?: number): MtlsSetting {
    const own = this.#own.get(workload);
    const levels: readonly (readonly [KubeObject | undefined, Field | undefined])[] = [
      [own, port === undefined ? undefined : own?.spec.at('portLevelMtls', String(port), 'mode')],
      [own, own?.spec.at('mtls', 'mode')],
      this.#level(workload.namespace),
      this.#level(this.#root),
    ];
    for (const [object, field] of levels) {
      const mode = field?.text;
      if (mode === 'STRICT' || mode === 'PERMISSIVE' || mode === 'DISABLE') return { mode, object };
    }
    return { mode: 'PERMISSIVE', object: undefined };
  }

  #level(namespace: string): readonly [KubeObject | undefined, Field | undefined] {
    const object = this.#wide.get(namespace);
    return [object, object?.spec.at('mtls', 'mode')];
  }
}
