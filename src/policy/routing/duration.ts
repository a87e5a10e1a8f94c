/** The units of Go's `time.ParseDuration`, in milliseconds. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** More than any duration that someone writes. */
const LONGEST_TEXT = 64;

/** The milliseconds of a duration as Istio reads it (`1.5s`, `2m30s`); undefined for what is none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (text.length > LONGEST_TEXT || !/^(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+$/.test(text)) return undefined;
  let milliseconds = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)) {
    milliseconds += Number(amount) * (UNITS.get(unit) ?? 0);
  }
  return milliseconds;
}
