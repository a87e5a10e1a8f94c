import { decodeTopology } from '../../graph/codec/topology.ts';
import { decodeTraffic } from '../../graph/codec/traffic.ts';
import type { NamespaceTopology, NamespaceTraffic } from '../../graph/model.ts';
import type { KeptObject } from '../../mesh/kept.ts';
import { decodeObjects } from './objects.ts';
import type { Part } from './pages.ts';
import type { Refs } from './stored.ts';

/** What each part is once it is decoded. */
export interface PartContent {
  readonly topology: NamespaceTopology;
  readonly traffic: NamespaceTraffic;
  readonly objects: readonly KeptObject[];
}

/** A part out of its text, or undefined where that is not the one of this namespace. */
export const PART_DECODERS: { readonly [Kind in Part]: (text: string, namespace: string) => PartContent[Kind] | undefined } = {
  topology: (text, namespace) => belonging(decodeTopology(text), namespace),
  traffic: (text, namespace) => belonging(decodeTraffic(text), namespace),
  objects: decodeObjects,
};

function belonging<Content extends { readonly namespace: string }>(content: Content | undefined, namespace: string): Content | undefined {
  return content?.namespace === namespace ? content : undefined;
}

/** Decoded parts by their refs: these name content, so nothing here is ever out of date. */
export class ContentCache {
  readonly #max: number;
  readonly #contents: { readonly [Kind in Part]: Map<string, PartContent[Kind]> } = {
    topology: new Map(),
    traffic: new Map(),
    objects: new Map(),
  };

  /** Holds about as many contents of each part. */
  constructor(max: number) {
    this.#max = max;
  }

  get<Kind extends Part>(part: Kind, refs: Refs): PartContent[Kind] | undefined {
    return this.#of(part).get(refs);
  }

  set<Kind extends Part>(part: Kind, refs: Refs, content: PartContent[Kind]): void {
    this.#of(part).set(refs, content);
  }

  /** Forgets everything where it would be too much together with what these name. */
  makeRoom(part: Part, refs: readonly Refs[]): void {
    const contents = this.#of(part);
    const missing = refs.filter((one) => !contents.has(one)).length;
    if (missing > 0 && contents.size + missing > this.#max) contents.clear();
  }

  #of<Kind extends Part>(part: Kind): Map<string, PartContent[Kind]> {
    return this.#contents[part];
  }
}
