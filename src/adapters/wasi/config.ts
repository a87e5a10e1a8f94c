import { getEnvironment } from 'wasi:cli/environment@0.2.12';
import { getAll } from 'wasi:config/store@0.2.0-rc.1';
import type { ConfigSource } from '../../ports/config.ts';

/**
 * Option values from wasi:config, and where it has none from the environment (secrets usually arrive there). A host without a working
 * wasi:config is a host whose values come from the environment alone.
 */
export function wasiConfig(): ConfigSource {
  const values = new Map<string, string>(getEnvironment());
  try {
    for (const [name, value] of getAll()) values.set(name, value);
  } catch {
    // The environment stands in, as said above; a required option that is then missing is reported by the parser.
  }
  return { get: (name) => values.get(name) };
}
