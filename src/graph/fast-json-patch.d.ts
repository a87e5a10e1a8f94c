/** The core of fast-json-patch alone: its index also loads an observer that wants timers. The package has no types for its modules by their `.mjs` names. */
declare module 'fast-json-patch/module/core.mjs' {
  export interface Outcome {
    readonly newDocument: unknown;
  }
  /** Applies one operation, changing the document in place. */
  export function applyOperation(document: unknown, operation: object): Outcome;
}
