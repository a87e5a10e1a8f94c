// Written by scripts/generate.ts with jco, from wit/ and the WASI packages that jco ships. Do not edit.
declare module 'wasi:random/random@0.2.12' {
  export function getRandomBytes(len: bigint): Uint8Array;
  export function getRandomU64(): bigint;
}
