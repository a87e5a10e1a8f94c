import type { Callee } from '../access/model.ts';
import { MtlsIndex, type MtlsMode } from '../analyze/mtls.ts';
import { bears, type Workload, WorkloadIndex } from '../analyze/workloads.ts';
import { compareAge } from '../objects/age.ts';
import { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { selectionOf } from '../objects/selection.ts';
import { policiesOf } from './policies.ts';

/** How a port takes connections, and who says so. */
export interface PortMode {
  readonly mode: MtlsMode;
  readonly object: KubeObject | undefined;
  /** Where the object says it. */
  readonly field: Field | undefined;
}

/** What holds for a port of a workload with a sidecar: `MtlsIndex`, for the one workload. */
export function sidecarMode(objects: readonly KubeObject[], callee: Callee, port: number, rootNamespace: string): PortMode {
  const workload = toWorkload(callee);
  const policies = peerAuthentications(objects, callee.namespace, rootNamespace);
  const { mode, object } = new MtlsIndex(policies, new WorkloadIndex([workload]), rootNamespace).of(workload, port);
  if (object === undefined) return { mode, object, field: undefined };
  const own = object.spec.at('portLevelMtls', String(port), 'mode');
  const isOwn = isSelective(object) && own.value === mode;
  return { mode, object, field: isOwn ? own : object.spec.at('mtls', 'mode') };
}

/**
 * Whether ztunnel denies whoever proves no identity, and which PeerAuthentication makes it. istiod makes DENY policies of PeerAuthentications: one that is the same
 * for everyone or, where a workload's ports differ, one of its own (istio, pilot/pkg/serviceregistry/ambient/authorization.go:
 * `convertedSelectorPeerAuthentications`, `convertPeerAuthentication`). DISABLE is PERMISSIVE here. Where istiod names a policy that it then does not make, nothing
 * is denied, though a sidecar would be strict.
 */
export function ztunnelMode(objects: readonly KubeObject[], callee: Callee, port: number, rootNamespace: string): PortMode {
  const policies = peerAuthentications(objects, callee.namespace, rootNamespace);
  const labels = new Map(Object.entries(callee.labels));
  const find = (namespace: string, test: (policy: KubeObject) => boolean) =>
    policies.find((policy) => policy.namespace === namespace && test(policy));
  const isWide = (policy: KubeObject) => !isSelective(policy);
  const mesh = find(rootNamespace, isWide);
  const inRoot = callee.namespace === rootNamespace;
  const own = inRoot ? undefined : find(callee.namespace, isWide);
  const parent = topModeOf(own) === undefined ? mesh : own;
  const parentMode = topModeOf(parent);
  const inherited = setting(parentMode === 'STRICT', parentMode && parent, parent?.spec.at('mtls', 'mode'));
  const workload = inRoot ? undefined : find(callee.namespace, (policy) => isSelective(policy) && bears(labels, labelsOf(policy)));
  if (workload === undefined) return inherited;
  const topMode = topModeOf(workload);
  const top = topMode === undefined ? inherited : setting(topMode === 'STRICT', workload, workload.spec.at('mtls', 'mode'));
  const ports = workload.spec
    .at('portLevelMtls')
    .entries.map(([key, field]): PortLevel => ({ key, mode: readMode(field.at('mode')), field: field.at('mode') }));
  const exceptions = EXCEPTIONS[topMode ?? (inherited.mode === 'STRICT' ? 'inherited' : 'PERMISSIVE')];
  if (!ports.some(({ mode }) => mode !== undefined && exceptions.includes(mode))) return top;
  // Here only policies without a selector count, not those with an empty one.
  const isBare = ({ spec }: KubeObject) => !spec.at('selector').exists;
  const around = { topMode, namespace: find(callee.namespace, isBare), mesh: find(rootNamespace, isBare) };
  return ownPolicy(workload, ports, String(port), top, around);
}

/** Which modes of ports make istiod look at the policy of the workload itself. */
const EXCEPTIONS: Readonly<Record<MtlsMode | 'inherited', readonly MtlsMode[]>> = {
  STRICT: ['PERMISSIVE', 'DISABLE'],
  PERMISSIVE: ['STRICT'],
  DISABLE: ['STRICT'],
  // The workload leaves it to a strict parent.
  inherited: ['PERMISSIVE'],
};

interface PortLevel {
  readonly key: string;
  readonly mode: MtlsMode | undefined;
  readonly field: Field;
}

interface Around {
  readonly topMode: MtlsMode | undefined;
  readonly namespace: KubeObject | undefined;
  readonly mesh: KubeObject | undefined;
}

/** The DENY policy that istiod makes of a workload's ports, for one of them. */
function ownPolicy(workload: KubeObject, ports: readonly PortLevel[], port: string, top: PortMode, around: Around): PortMode {
  const { topMode, namespace, mesh } = around;
  const strictNamespace = topModeOf(namespace) === 'STRICT';
  const strictMesh = topModeOf(mesh) === 'STRICT';
  const left = topModeOf(namespace) === undefined;
  const covered = topMode === 'STRICT' || (topMode === undefined && strictNamespace) || (left && strictMesh);
  const here = ports.find(({ key }) => key === port);
  if (here?.mode === 'STRICT' && !covered) return setting(true, workload, here.field);
  const takesExceptions = topMode === 'STRICT' || (topMode === undefined && (namespace === undefined ? strictMesh : strictNamespace));
  const relaxed = ports.filter(({ mode }) => mode === 'PERMISSIVE' || mode === 'DISABLE');
  // Without an exception that counts nothing is made for the other ports.
  if (!takesExceptions || relaxed.length === 0) return setting(false, workload, here?.field ?? workload.spec.at('portLevelMtls'));
  return here !== undefined && relaxed.includes(here) ? setting(false, workload, here.field) : { ...top, mode: 'STRICT' };
}

function setting(strict: boolean, object: KubeObject | undefined, field: Field | undefined): PortMode {
  return { mode: strict ? 'STRICT' : 'PERMISSIVE', object, field };
}

function topModeOf(policy: KubeObject | undefined): MtlsMode | undefined {
  return readMode(policy?.spec.at('mtls', 'mode'));
}

function labelsOf(policy: KubeObject): ReadonlyMap<string, string> {
  return selectionOf(policy)?.labels ?? new Map<string, string>();
}

function peerAuthentications(objects: readonly KubeObject[], namespace: string, rootNamespace: string): readonly KubeObject[] {
  return policiesOf(objects, 'PeerAuthentication', rootNamespace)
    .filter((policy) => policy.namespace === namespace || policy.namespace === rootNamespace)
    .sort(compareAge);
}

function isSelective(policy: KubeObject): boolean {
  return labelsOf(policy).size > 0;
}

/** Undefined for UNSET. */
function readMode(field: Field | undefined): MtlsMode | undefined {
  const mode = field?.value;
  return mode === 'STRICT' || mode === 'PERMISSIVE' || mode === 'DISABLE' ? mode : undefined;
}

/** The callee as the index knows workloads; it looks at nothing but place and labels. */
function toWorkload({ kind, namespace, name, labels, serviceAccount }: Callee): Workload {
  const root = new Field({});
  const object: KubeObject = {
    reference: { apiVersion: '', kind, namespace, name },
    group: '',
    version: '',
    kind,
    namespace,
    name,
    labels: new Map(),
    annotations: new Map(),
    root,
    spec: root,
    context: true,
  };
  const own = new Map(Object.entries(labels));
  return { object, namespace, name, labels: own, membership: 'sidecar', ports: new Set(), portNames: new Map(), serviceAccount };
}
