import type { PolicyNode } from '../../graph/model.ts';
import { compareText } from '../../lib/order.ts';
import { listed } from '../../lib/wording.ts';
import { compareAge } from '../../policy/objects/age.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import { selectionOf } from '../../policy/objects/selection.ts';
import { isIstioProxy } from '../istio-view.ts';
import type { NamespaceView } from '../namespace-view.ts';
import type { Problems } from '../wording.ts';
import { portWord } from '../words.ts';
import type { WorkloadFacts } from '../workload-facts.ts';
import { istioPolicies } from './istio-policy.ts';
import type { IstioSelection } from './istio-selection.ts';

const MODES = ['UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT'] as const;

/**
 * Istio's PeerAuthentications: whether a workload takes plain text, mutual TLS or both. Which one holds for a port is `MtlsIndex`'s to say (istio,
 * pilot/pkg/security/authn: `ComposePeerAuthentication`).
 */
export function peerAuthentications(view: NamespaceView): readonly PolicyNode[] {
  return istioPolicies(view, {
    kept: 'istioPeerAuthentications',
    targetable: false,
    // One with a selector holds nowhere, and of the others the oldest alone.
    fromRoot: (objects) =>
      objects
        .filter((object) => !hasSelector(object))
        .sort(compareAge)
        .slice(0, 1),
    read(object, selection, problems) {
      const mode = readMode(object.spec.at('mtls', 'mode').text ?? 'UNSET');
      if (mode === undefined) problems.add('Its mode is none that Istio knows.');
      const ports = readPorts(object, problems);
      const special = ports.map(({ port, mode: own }) => `port ${port} ${own}`);
      const effect = effectOf(view, object, selection, ports);
      if (effect.tag === 'none') problems.add(effect.why);
      if (effect.tag === 'decides') checkDeclared(effect.workloads, ports, problems);
      return {
        action: mode,
        summary: [
          mode === 'UNSET' || mode === undefined ? 'mutual TLS as the next level says' : `mutual TLS ${mode}`,
          special.length === 0 ? undefined : listed(special),
          effect.tag === 'overridden' ? `here overridden by ${listed(effect.by)}` : undefined,
        ],
      };
    },
  });
}

function hasSelector(object: KubeObject): boolean {
  return (selectionOf(object)?.labels.size ?? 0) > 0;
}

function readMode(text: string): (typeof MODES)[number] | undefined {
  return MODES.find((known) => known === text);
}

interface PortMode {
  readonly port: number;
  readonly mode: string;
}

/** `portLevelMtls`, whose keys are ports of the workload (istio, pkg/config/validation: `ValidatePeerAuthentication`). */
function readPorts(object: KubeObject, problems: Problems): readonly PortMode[] {
  const field = object.spec.at('portLevelMtls');
  if (field.size > 0 && !hasSelector(object)) {
    problems.add('Its portLevelMtls has no effect without a selector.');
    return [];
  }
  const modes = field.entries.flatMap(([key, own]): PortMode[] => {
    const port = /^\d{1,5}$/.test(key) ? portWord(Number(key)) : undefined;
    const mode = readMode(own.at('mode').text ?? 'UNSET');
    if (port === undefined || mode === undefined) problems.add('A part of its portLevelMtls is no port with a mode.');
    return port === undefined || mode === undefined ? [] : [{ port, mode }];
  });
  return modes.sort((a, b) => a.port - b.port);
}

type Effect =
  | { readonly tag: 'decides'; readonly workloads: ReadonlySet<WorkloadFacts> }
  /** A policy of the root namespace: that it holds elsewhere is enough. */
  | { readonly tag: 'overridden'; readonly by: readonly string[] }
  | { readonly tag: 'none'; readonly why: string }
  /** There is nobody to decide for, or nothing can be said. */
  | { readonly tag: 'open' };

/** Whether it decides on anything, and who does where it does not. */
function effectOf(view: NamespaceView, object: KubeObject, { members }: IstioSelection, ports: readonly PortMode[]): Effect {
  const isRoot = object.namespace === view.shared.options.istioRootNamespace;
  if (isRoot && hasSelector(object)) {
    return { tag: 'none', why: 'It is ignored: in the root namespace a PeerAuthentication must have no selector.' };
  }
  const modes = [object.spec.at('mtls', 'mode').text ?? 'UNSET', ...ports.map(({ mode }) => mode)];
  if (modes.every((mode) => mode === 'UNSET')) {
    return { tag: 'none', why: 'It sets no mode, so the next level decides as it would without it.' };
  }
  const [oldest] =
    isRoot || hasSelector(object)
      ? []
      : view
          .of('istioPeerAuthentications')
          .filter((each) => !hasSelector(each))
          .sort(compareAge);
  if (oldest !== undefined && oldest !== object) return { tag: 'none', why: olderOne(oldest) };
  const workloads = new Set(members.filter(isIstioProxy).map(({ workload }) => workload));
  const deciding = new Set<KubeObject>();
  for (const workload of workloads) {
    for (const port of [undefined, ...ports.map((each) => each.port)]) {
      const decides = view.istio.mtls.of(view.istio.workload(workload), port).object;
      if (decides === object) return { tag: 'decides', workloads };
      if (decides !== undefined) deciding.add(decides);
    }
  }
  const others = [...deciding].sort((a, b) => compareText(a.name, b.name));
  const by = others.map(({ name }) => name);
  if (others.length === 0 || (isRoot && object.namespace === view.namespace)) return { tag: 'open' };
  if (isRoot) return { tag: 'overridden', by };
  const rival = others.find((other) => hasSelector(other) === hasSelector(object) && other.namespace === object.namespace);
  return { tag: 'none', why: rival === undefined ? `It decides on nothing: more specific ones do (${listed(by)}).` : olderOne(rival) };
}

function olderOne({ name }: KubeObject): string {
  return `PeerAuthentication ${name} is older, and only the oldest on a level holds.`;
}

function checkDeclared(workloads: ReadonlySet<WorkloadFacts>, ports: readonly PortMode[], problems: Problems): void {
  const declared = [...workloads].map(({ template: { containers } }) => containers?.ports ?? []);
  // Containers need not declare their ports; where one does not, nothing can be said.
  if (declared.some((each) => each.length === 0)) return;
  const missing = ports.filter(({ port }) => !declared.some((each) => each.some((known) => known.port === port)));
  if (missing.length > 0) {
    problems.add(`No container that it selects declares port ${listed(missing.map(({ port }) => String(port)))}.`);
  }
}
