// Written by scripts/generate.ts with jco, from wit/ and the WASI packages that jco ships. Do not edit.
declare module 'wasi:clocks/wall-clock@0.2.12' {
  export function now(): Datetime;
  export function resolution(): Datetime;
  export interface Datetime {
    seconds: bigint,
    nanoseconds: number,
  }
}
