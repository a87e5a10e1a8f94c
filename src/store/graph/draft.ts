import type { NamespaceSummary } from '../../graph/model.ts';
import type { PageRefs } from './head.ts';
import { type IndexEntry, PARTS, type Page, PageDraft } from './pages.ts';
import { listRefs, nameOf, placeIn, type Refs } from './stored.ts';

/** All pages of a head. */
export interface AllPages {
  readonly index: readonly Page<IndexEntry>[];
  readonly summaries: readonly Page<NamespaceSummary>[];
}

/** The pages of the next head in the making. */
export class Draft {
  readonly index: PageDraft<IndexEntry>;
  readonly summaries: PageDraft<NamespaceSummary>;

  constructor({ index, summaries }: AllPages) {
    this.index = new PageDraft(index);
    this.summaries = new PageDraft(summaries);
  }

  namespaces(): readonly string[] {
    return this.index.pages.flatMap((page) => [...page.keys()]).sort();
  }

  allSummaries(): readonly NamespaceSummary[] {
    return this.summaries.pages.flatMap((page) => [...page.values()]);
  }

  delete(namespace: string): void {
    this.index.delete(namespace);
    this.summaries.delete(namespace);
  }

  /** The names of all values that a head with these pages names. */
  namesWith({ index, summaries }: PageRefs): Set<string> {
    const names = new Set<string>();
    const add = (refs: Refs) => {
      for (const ref of listRefs(refs) ?? []) names.add(nameOf(placeIn(ref)));
    };
    for (const refs of [...index, ...summaries]) add(refs);
    for (const page of this.index.pages) for (const entry of page.values()) for (const part of PARTS) add(entry[part]);
    return names;
  }
}
