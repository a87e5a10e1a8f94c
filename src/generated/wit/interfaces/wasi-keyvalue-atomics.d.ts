// Written by scripts/generate.ts with jco, from wit/ and the WASI packages that jco ships. Do not edit.
/// <reference path="./wasi-keyvalue-store.d.ts" />
declare module 'wasi:keyvalue/atomics@0.2.0-draft' {
  /**
   * Adds to the number under a key (absent counts as zero) and answers the sum.
   */
  export function increment(bucket: Bucket, key: string, delta: bigint): bigint;
  export type Bucket = import('wasi:keyvalue/store@0.2.0-draft').Bucket;
  export type Error = import('wasi:keyvalue/store@0.2.0-draft').Error;
}
