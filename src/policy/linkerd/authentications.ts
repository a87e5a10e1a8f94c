import { LINKERD_POLICY } from '../analyze/references.ts';
import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import { accountIdentity, IdentityMatches, namespaceIdentity } from './identities.ts';
import { type NetworkMatch, readNetworks } from './networks.ts';
import { type Reference, readReference, refersTo, textIn } from './references.ts';
import { type LinkerdSettings, type LinkerdWorld, objectsOf } from './world.ts';

/** A list of texts; undefined where a part is none. An absent one is empty. */
export function readTexts(list: Field): readonly string[] | undefined {
  if (!list.exists) return [];
  if (!Array.isArray(list.value)) return undefined;
  const texts = list.items.flatMap((item) => textIn(item) ?? []);
  return texts.length === list.items.length ? texts : undefined;
}

/** A list of references; undefined where a part is none. An absent one is empty. */
export function readReferences(list: Field): readonly Reference[] | undefined {
  if (!list.exists) return [];
  if (!Array.isArray(list.value)) return undefined;
  const references = list.items.flatMap((item) => readReference(item) ?? []);
  return references.length === list.items.length ? references : undefined;
}

/** MeshTLSAuthentications and NetworkAuthentications of any namespace, each read when a policy refers to it. */
export class Authentications {
  readonly #world: LinkerdWorld;
  readonly #identities = new Map<string, IdentityMatches | undefined>();
  readonly #networks = new Map<string, readonly NetworkMatch[] | undefined>();
  readonly #objects = new Map<string, ReadonlyMap<string, KubeObject>>();

  constructor(world: LinkerdWorld) {
    this.#world = world;
  }

  /** Whom a MeshTLSAuthentication admits; undefined where there is none that the controller takes in. */
  identities(namespace: string, name: string): IdentityMatches | undefined {
    return remembered(this.#identities, `${namespace}/${name}`, () => {
      const object = this.#find('MeshTLSAuthentication', namespace, name);
      return object && readMeshTls(object, this.#world.settings);
    });
  }

  /** Where a NetworkAuthentication admits clients from; undefined where there is none that the controller takes in. */
  networks(namespace: string, name: string): readonly NetworkMatch[] | undefined {
    return remembered(this.#networks, `${namespace}/${name}`, () => {
      const object = this.#find('NetworkAuthentication', namespace, name);
      // One without networks is not taken in (linkerd2, policy-controller/k8s/index/src/inbound/network_authentication.rs).
      const networks = object && readNetworks(object.spec.at('networks'));
      return networks?.length === 0 ? undefined : networks;
    });
  }

  #find(kind: string, namespace: string, name: string): KubeObject | undefined {
    const known = remembered(
      this.#objects,
      `${kind} ${namespace}`,
      () => new Map(objectsOf(this.#world, LINKERD_POLICY, kind, namespace).map((object) => [object.name, object])),
    );
    return known.get(name);
  }
}

/** Linkerd2, policy-controller/k8s/index/src/inbound/meshtls_authentication.rs: one that names nobody, or somebody whose kind is none, is not taken in. */
function readMeshTls({ spec, namespace }: KubeObject, settings: LinkerdSettings): IdentityMatches | undefined {
  const patterns = readTexts(spec.at('identities'));
  const references = readReferences(spec.at('identityRefs'));
  if (patterns === undefined || references === undefined || patterns.length + references.length === 0) return undefined;
  const accounts: string[] = [];
  const namespaces: string[] = [];
  for (const reference of references) {
    if (refersTo(reference, 'core', 'serviceaccount')) {
      accounts.push(accountIdentity(settings, reference.namespace ?? namespace, reference.name));
    } else if (refersTo(reference, 'core', 'namespace')) {
      namespaces.push(namespaceIdentity(settings, reference.name));
    } else {
      return undefined;
    }
  }
  return new IdentityMatches([...patterns, ...namespaces], accounts);
}

function remembered<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}
