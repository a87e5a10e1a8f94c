/**
 * The number in a counter that a host keeps under `wasi:keyvalue/atomics.increment`, or undefined where the value is no counter. The interface does not
 * say how a counter is stored, and hosts differ: wasmtime and wasmCloud on Redis write decimal text, wasmCloud on NATS eight bytes big end first,
 * wasmCloud in memory eight bytes little end first (read in wasmCloud's wash-runtime, plugin/wasi_keyvalue, and wasmtime-wasi-keyvalue, August 2026).
 *
 * Eight bytes are read both ways and the smaller number is taken: a count that a server reaches has its high bytes empty, so the wrong way round it is
 * astronomically large.
 */
export function decodeCounter(bytes: Uint8Array): number | undefined {
  if (bytes.length > 0 && bytes.every((byte) => byte >= 0x30 && byte <= 0x39)) {
    const value = Number(String.fromCharCode(...bytes.slice(0, 20)));
    return bytes.length <= 20 ? value : undefined;
  }
  if (bytes.length !== 8) return undefined;
  const bigEnd = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const littleEnd = bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
  return Math.min(bigEnd, littleEnd);
}
