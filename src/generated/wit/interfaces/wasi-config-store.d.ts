// Written by scripts/generate.ts with jco, from wit/ and the WASI packages that jco ships. Do not edit.
declare module 'wasi:config/store@0.2.0-rc.1' {
  /**
   * The value for one key; none when the host has no such key.
   */
  export function get(key: string): string | undefined;
  /**
   * Every key the host has, with its value.
   */
  export function getAll(): Array<[string, string]>;
  /**
   * Why a value could not be read.
   */
  export type Error = ErrorUpstream | ErrorIo;
  /**
   * The host's configuration source answered with an error.
   */
  export interface ErrorUpstream {
    tag: 'upstream',
    val: string,
  }
  /**
   * Reading failed for a reason of input and output.
   */
  export interface ErrorIo {
    tag: 'io',
    val: string,
  }
}
