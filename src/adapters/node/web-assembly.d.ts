/** The part of WebAssembly's JavaScript interface that is used here; the types of Node have none, and those of the DOM would bring all of it. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
  }
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
}
