/** 0.9987 as `99.87%`, 1 as `100%`: no more digits than a share has. */
export function percentText(share: number): string {
  return `${Number((share * 100).toFixed(2))}%`;
}

/** `2.1 rps` */
export function requestsText(perSecond: number): string {
  return `${figure(perSecond)} rps`;
}

/** `45 ms`, `1.2 s` */
export function millisecondsText(milliseconds: number): string {
  return milliseconds < 1000 ? `${figure(milliseconds)} ms` : `${figure(milliseconds / 1000)} s`;
}

const BYTE_UNITS = ['B/s', 'KiB/s', 'MiB/s', 'GiB/s', 'TiB/s'] as const;

/** `12 KiB/s` */
export function bytesText(perSecond: number): string {
  let value = perSecond;
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${figure(value)} ${BYTE_UNITS[unit] ?? ''}`;
}

/** Two significant digits, but never an integer cut short: 1234 is not 1200 to a reader. */
function figure(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}
