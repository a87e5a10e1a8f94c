const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;

const MILLISECONDS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** No duration is written with more characters than this. */
const LONGEST = 64;

/** A duration as Istio writes it (`1.5s`, `1h30m`), in milliseconds; undefined for what is none. */
export function parseDuration(text: string): number | undefined {
  if (text.length > LONGEST || !WHOLE.test(text)) return undefined;
  let total = 0;
  for (const [, number, unit] of text.matchAll(PART)) total += Number(number) * (MILLISECONDS[unit ?? ''] ?? 0);
  return total;
}
