/** The product's tool list, put in by the bundler. */
declare module 'bench:tools' {
  export const definitions: readonly import('../peer.ts').ToolDefinition[];
}
