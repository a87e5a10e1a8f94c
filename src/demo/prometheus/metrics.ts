import { SAMPLE } from '../kubernetes/sample.ts';
import { exposition } from './exposition.ts';
import { istioSeries } from './istio-series.ts';
import { linkerdSeries } from './linkerd-series.ts';
import { placesOf } from './places.ts';
import { SeriesSet } from './series.ts';
import { type DemoTraffic, TRAFFIC } from './traffic.ts';
import type { Motion } from './wave.ts';

/** Gentle, but to be seen. */
const AMPLITUDE = 0.15;

export interface DemoSeriesOptions extends Partial<Motion> {
  readonly traffic?: DemoTraffic;
}

/** All series of the sample cluster's proxies. */
export function demoSeries({ traffic = TRAFFIC, amplitude = AMPLITUDE, ...lively }: DemoSeriesOptions = {}): SeriesSet {
  const places = placesOf(SAMPLE);
  const motion = { amplitude, ...lively };
  return new SeriesSet([...linkerdSeries(traffic, places, motion), ...istioSeries(traffic, places, motion)]);
}

/** The same counters in the text that proxies expose, for a real Prometheus to scrape: all of them, with the labels that relabelling would have given. */
export function expositionText(nowMs: number, options: DemoSeriesOptions = {}): string {
  return exposition(demoSeries(options), nowMs, { tag: 'all' });
}
