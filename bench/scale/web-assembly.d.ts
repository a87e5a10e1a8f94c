/** What the measuring worker needs of WebAssembly beyond src/adapters/node/web-assembly.d.ts: the memory of an instance. */
declare namespace WebAssembly {
  type Imports = Readonly<Record<string, object>>;
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
