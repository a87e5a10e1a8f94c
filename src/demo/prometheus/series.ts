/** The labels of a series, without its name. Prometheus does not tell an empty label from an absent one. */
export type Labels = Readonly<Record<string, string>>;

export type SeriesType = 'counter' | 'gauge' | 'histogram';

/** One series: a pure function of time. */
export interface Series {
  readonly name: string;
  readonly type: SeriesType;
  /** The proxy's own labels, some of them empty. */
  readonly own: Labels;
  /** What scraping adds: which pod it was. */
  readonly target: Labels;
  /** Both, none of them empty: what Prometheus keeps. */
  readonly labels: Labels;
  /** Its value at a time, milliseconds since 1970. A counter never goes down. */
  at(ms: number): number;
}

/** A series of a proxy. */
export function makeSeries(name: string, type: SeriesType, own: Labels, target: Labels, at: (ms: number) => number): Series {
  const labels = Object.fromEntries(Object.entries({ ...own, ...target }).filter(([, value]) => value !== ''));
  return { name, type, own, target, labels, at };
}

/** A text for a set of labels, whatever order they are in. */
export function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Series that can be looked up by name. Those that differ in nothing are one, as they would be in the proxy that counts them. */
export class SeriesSet {
  readonly all: readonly Series[];
  readonly #byName = new Map<string, Series[]>();

  constructor(series: readonly Series[]) {
    const byKey = new Map<string, Series>();
    for (const one of series) {
      const key = `${one.name} ${keyOf(one.labels)}`;
      const other = byKey.get(key);
      byKey.set(key, other === undefined ? one : { ...one, at: (ms) => one.at(ms) + other.at(ms) });
    }
    this.all = [...byKey.values()];
    for (const one of this.all) {
      const named = this.#byName.get(one.name);
      if (named === undefined) this.#byName.set(one.name, [one]);
      else named.push(one);
    }
  }

  named(name: string): readonly Series[] {
    return this.#byName.get(name) ?? [];
  }
}
