/** Where option values come from; parsing and defaults are in `src/config.ts`. */
export interface ConfigSource {
  /** The text under an option's name, or undefined where it is not set. */
  get(name: string): string | undefined;
}
