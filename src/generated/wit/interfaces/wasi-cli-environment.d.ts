// Written by scripts/generate.ts with jco, from wit/ and the WASI packages that jco ships. Do not edit.
declare module 'wasi:cli/environment@0.2.12' {
  export function getEnvironment(): Array<[string, string]>;
  export function getArguments(): Array<string>;
  export function initialCwd(): string | undefined;
}
