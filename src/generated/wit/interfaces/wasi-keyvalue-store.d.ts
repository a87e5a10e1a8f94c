// Written by scripts/generate.ts with jco, from wit/ and the WASI packages that jco ships. Do not edit.
declare module 'wasi:keyvalue/store@0.2.0-draft' {
  /**
   * The bucket under an identifier.
   */
  export function open(identifier: string): Bucket;
  /**
   * Why an operation failed.
   */
  export type Error = ErrorNoSuchStore | ErrorAccessDenied | ErrorOther;
  /**
   * The host knows no store under that identifier.
   */
  export interface ErrorNoSuchStore {
    tag: 'no-such-store',
  }
  /**
   * The component may not use that store.
   */
  export interface ErrorAccessDenied {
    tag: 'access-denied',
  }
  /**
   * Any other reason, in the host's words.
   */
  export interface ErrorOther {
    tag: 'other',
    val: string,
  }
  /**
   * One page of keys.
   */
  export interface KeyResponse {
    /**
     * Keys, in no particular order.
     */
    keys: Array<string>,
    /**
     * Where the next page begins; none at the end.
     */
    cursor?: bigint,
  }
  
  export class Bucket implements Disposable {
    /**
     * This type does not have a public constructor.
     */
    private constructor();
    get(key: string): Uint8Array | undefined;
    set(key: string, value: Uint8Array): void;
    'delete'(key: string): void;
    exists(key: string): boolean;
    listKeys(cursor: bigint | undefined): KeyResponse;
    [Symbol.dispose](): void;
  }
}
