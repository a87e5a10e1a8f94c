// Written by scripts/generate.ts with jco, from wit/ and the WASI packages that jco ships. Do not edit.
/// <reference path="./wasi-io-streams.d.ts" />
declare module 'wasi:cli/stderr@0.2.12' {
  export function getStderr(): OutputStream;
  export type OutputStream = import('wasi:io/streams@0.2.12').OutputStream;
}
