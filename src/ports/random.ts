/** Randomness, never fixed at build time. */
export interface Random {
  /** At least 0, less than 1. */
  fraction(): number;
  /** Cryptographically secure bytes. */
  bytes(length: number): Uint8Array;
}
