import type { NamespaceSummary } from '../../graph/model.ts';
import { compareText } from '../../lib/order.ts';
import type { Ports } from '../../ports/ports.ts';
import { type ContentCache, PART_DECODERS, type PartContent } from './contents.ts';
import type { AllPages } from './draft.ts';
import { fetchTexts, type Wanted } from './fetch.ts';
import { type Head, NO_PAGES } from './head.ts';
import { decodeIndexPage, type IndexEntry, PageSet, type Part } from './pages.ts';
import { decodeSummaryPage } from './summaries.ts';

/**
 * The graph that a head names, read as far as it is asked for, each page once. Without a head it is empty. All methods throw
 * `MissingValue`, and `MeshError` when the store does not answer.
 */
export class StoredGraph {
  readonly #ports: Pick<Ports, 'keyvalue' | 'clock'>;
  readonly #cache: ContentCache;
  readonly #index: PageSet<IndexEntry>;
  readonly #summaries: PageSet<NamespaceSummary>;

  constructor(ports: Pick<Ports, 'keyvalue' | 'clock'>, head: Head | undefined, cache: ContentCache, known?: AllPages) {
    const { index, summaries } = head ?? NO_PAGES;
    this.#ports = ports;
    this.#cache = cache;
    this.#index = new PageSet(index, decodeIndexPage, known?.index);
    this.#summaries = new PageSet(summaries, decodeSummaryPage, known?.summaries);
  }

  /** Every page of the index, and of the summaries, in one batch. */
  pages(): AllPages {
    fetchTexts(this.#ports, [...this.#index.wantedOfAll(), ...this.#summaries.wantedOfAll()]);
    return { index: this.#index.all(), summaries: this.#summaries.all() };
  }

  /** The names of all namespaces, sorted. */
  namespaces(): readonly string[] {
    fetchTexts(this.#ports, this.#index.wantedOfAll());
    return this.#index
      .all()
      .flatMap((page) => [...page.keys()])
      .sort();
  }

  /** Of all namespaces, by name. */
  summaries(): readonly NamespaceSummary[] {
    fetchTexts(this.#ports, this.#summaries.wantedOfAll());
    return this.#summaries
      .all()
      .flatMap((page) => [...page.values()])
      .sort((a, b) => compareText(a.namespace, b.namespace));
  }

  summary(namespace: string): NamespaceSummary | undefined {
    fetchTexts(this.#ports, this.#summaries.wanted([namespace]));
    return this.#summaries.row(namespace);
  }

  /** One part of each of these namespaces; undefined where the namespace is unknown or has no such part. */
  contents<Kind extends Part>(part: Kind, namespaces: readonly string[]): readonly (PartContent[Kind] | undefined)[] {
    this.load([{ part, namespaces }]);
    return namespaces.map((namespace) => {
      const entry = this.#index.row(namespace);
      return entry && this.#cache.get(part, entry[part]);
    });
  }

  /** Reads several parts of namespaces in one batch, so that `contents` finds them. */
  load(wanted: readonly { readonly part: Part; readonly namespaces: readonly string[] }[]): void {
    this.#loadIndex(wanted.flatMap(({ namespaces }) => namespaces));
    fetchTexts(
      this.#ports,
      wanted.flatMap(({ part, namespaces }) => this.#wantedContents(part, namespaces)),
    );
  }

  /** The texts of parts as they are stored, namespace by namespace, in one batch. */
  texts(parts: readonly Part[], namespaces: readonly string[]): readonly string[] {
    this.#loadIndex(namespaces);
    const texts: string[] = [];
    const take = (text: string) => {
      texts.push(text);
      return true;
    };
    const entries = namespaces.flatMap((namespace) => this.#index.row(namespace) ?? []);
    const refs = entries.flatMap((entry) => parts.map((part) => entry[part]));
    fetchTexts(
      this.#ports,
      refs.filter((one) => one !== '').map((refs) => ({ refs, take })),
    );
    return texts;
  }

  #loadIndex(namespaces: readonly string[]): void {
    fetchTexts(this.#ports, this.#index.wanted(namespaces));
  }

  #wantedContents<Kind extends Part>(part: Kind, namespaces: readonly string[]): readonly Wanted[] {
    const rows = namespaces.flatMap((namespace) => {
      const refs = this.#index.row(namespace)?.[part] ?? '';
      return refs === '' ? [] : [{ namespace, refs }];
    });
    this.#cache.makeRoom(
      part,
      rows.map(({ refs }) => refs),
    );
    return rows.flatMap(({ namespace, refs }): Wanted[] => {
      if (this.#cache.get(part, refs) !== undefined) return [];
      const take = (text: string) => {
        const content = PART_DECODERS[part](text, namespace);
        if (content !== undefined) this.#cache.set(part, refs, content);
        return content !== undefined;
      };
      return [{ refs, take }];
    });
  }
}
