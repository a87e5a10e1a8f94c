import type { PolicyNode } from '../../graph/model.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import type { KeptKind } from '../kept.ts';
import { API_KINDS } from '../kept-kinds.ts';
import type { NamespaceView } from '../namespace-view.ts';
import { Problems } from '../wording.ts';
import { concerns, type IstioSelection, readIstioSelection } from './istio-selection.ts';
import { policyNode } from './policy-node.ts';

/** What one kind of policy adds to what all of Istio's have in common. */
export interface IstioReading {
  readonly action?: string | undefined;
  readonly summary: readonly (string | undefined)[];
}

type IstioReader = (object: KubeObject, selection: IstioSelection, problems: Problems) => IstioReading;

interface IstioPolicyKind {
  readonly kept: KeptKind;
  /** It may name what it attaches to instead of selecting pods. */
  readonly targetable: boolean;
  readonly read: IstioReader;
  /** Which objects of the root namespace hold here. */
  readonly fromRoot: (objects: readonly KubeObject[]) => readonly KubeObject[];
}

/** The policies of a kind: those of the namespace, and those of the root namespace that concern its pods, as `root/name`. */
export function istioPolicies(view: NamespaceView, { kept, targetable, read, fromRoot }: IstioPolicyKind): readonly PolicyNode[] {
  const own = view.of(kept).map((object) => {
    const problems = new Problems();
    const selection = readIstioSelection(view, object, problems, targetable);
    return policyNode(object, { ...read(object, selection, problems), selects: selection.selects, problems });
  });
  const foreign = fromRoot(view.istio.fromRoot(API_KINDS[kept].kind)).flatMap((object) => {
    const problems = new Problems();
    const selection = readIstioSelection(view, object, problems, targetable);
    if (!concerns(selection)) return [];
    const { action, summary } = read(object, selection, problems);
    const name = `${object.namespace}/${object.name}`;
    return [policyNode(object, { name, action, selects: selection.selects, summary: [`from ${object.namespace}`, ...summary], problems })];
  });
  return [...own, ...foreign];
}
