import type { Labels, Series, SeriesSet } from './series.ts';

/** Whose series, and with which labels: everything, as if it had been relabelled already, or what one pod's proxy gives out. */
export type Exposed = { readonly tag: 'all' } | { readonly tag: 'pod'; readonly namespace: string; readonly pod: string };

/** The media type of the text format. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The series at a time in Prometheus' text format (Prometheus, "Exposition formats"). */
export function exposition(series: SeriesSet, ms: number, exposed: Exposed): string {
  const lines: string[] = [];
  const families = new Map<string, Series[]>();
  for (const one of series.all) {
    if (exposed.tag === 'pod' && (one.target.namespace !== exposed.namespace || one.target.pod !== exposed.pod)) continue;
    const family = familyOf(one);
    families.set(family, [...(families.get(family) ?? []), one]);
  }
  for (const [family, members] of families) {
    lines.push(`# TYPE ${family} ${members[0]?.type ?? 'untyped'}`);
    for (const one of members) {
      // `job` is the scraper's own to give.
      const { job, ...target } = one.target;
      const labels = exposed.tag === 'pod' ? one.own : { ...one.own, ...target };
      lines.push(`${one.name}{${labelText(labels)}} ${one.at(ms)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** The histogram that a series is a part of, or its own name. */
function familyOf({ name, type }: Series): string {
  return type === 'histogram' ? name.replace(/_(?:bucket|sum|count)$/, '') : name;
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"`)
    .join(',');
}
