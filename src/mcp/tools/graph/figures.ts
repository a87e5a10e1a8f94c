import { defined } from '../../../graph/defined.ts';
import type { Figures } from '../../../graph/figures.ts';
import { bytesText, millisecondsText, percentText, requestsText } from '../../../graph/units.ts';
import { described, z } from '../../../lib/zod.ts';
import { number, optionalNumber, text } from './shapes.ts';

/** What is measured of traffic, as members of an output schema. */
export const figuresShape = {
  rps: described(optionalNumber, 'Requests a second.'),
  successRate: optionalNumber,
  p50: described(optionalNumber, 'Milliseconds.'),
  p95: optionalNumber,
  p99: optionalNumber,
  tls: described(optionalNumber, 'Share by mutual TLS.'),
  plaintext: described(z.optional(z.record(text, number)), 'Why the rest is not, with shares.'),
  sent: described(optionalNumber, 'Bytes a second.'),
  received: optionalNumber,
  allowed: described(optionalNumber, 'Decisions of policies a second.'),
  denied: optionalNumber,
};

/** Figures as data. */
export function figuresData({ rps, successRate, latency, tls, plaintext, sent, received, allowed, denied }: Figures) {
  return {
    ...defined({ rps, successRate }),
    ...latency,
    ...defined({ tls, plaintext: plaintext && { ...plaintext }, sent, received, allowed, denied }),
  };
}

/** The columns of a table of traffic; the data has all quantiles. */
export const FIGURE_HEADINGS: readonly string[] = ['RPS', 'OK', 'P99', 'TLS', 'NOTE'];

/** One row under `FIGURE_HEADINGS`; what is not known is `-`. */
export function figureCells(figures: Figures): readonly string[] {
  const { rps, successRate, latency, tls } = figures;
  return [
    rps === undefined ? '-' : rateText(rps),
    successRate === undefined ? '-' : percentText(successRate),
    latency?.p99 === undefined ? '-' : millisecondsText(latency.p99),
    tls === undefined ? '-' : percentText(tls),
    remarks(figures).join('; '),
  ];
}

/** Figures in a line: `2.1 rps, 99.9% ok, p99 45 ms, 100% TLS`. */
export function figureLine(figures: Figures): string {
  const { rps, successRate, latency, tls } = figures;
  return [
    // Calls that were all denied are in no other metric.
    ...(rps === undefined || (rps === 0 && isDenied(figures)) ? [] : [requestsText(rps)]),
    ...(successRate === undefined ? [] : [`${percentText(successRate)} ok`]),
    ...(latency?.p99 === undefined ? [] : [`p99 ${millisecondsText(latency.p99)}`]),
    ...(tls === undefined ? [] : [`${percentText(tls)} TLS`]),
    ...remarks(figures),
  ].join(', ');
}

/** A rate where the heading has the unit. */
export function rateText(rps: number): string {
  return requestsText(rps).replace(' rps', '');
}

function isDenied({ denied = 0 }: Figures): boolean {
  return denied > 0;
}

/** What a reader must not miss and has no column. */
function remarks({ rps, sent, received, denied = 0, plaintext = {} }: Figures): readonly string[] {
  const bytes = rps === undefined && (sent ?? received) !== undefined ? [bytesText((sent ?? 0) + (received ?? 0))] : [];
  const refused = denied > 0 ? [`${requestsText(denied)} denied`] : [];
  const reasons = Object.keys(plaintext);
  return [...bytes, ...refused, ...(reasons.length === 0 ? [] : [`plaintext: ${reasons.join(', ')}`])];
}
