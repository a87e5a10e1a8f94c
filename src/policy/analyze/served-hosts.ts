import { namesCovering } from './registry.ts';

/** A Gateway’s hosts for each namespace, ready for look-ups. */
export class ServedHosts {
  readonly #names = new Set<string>();
  /** The wildcards that would cover a served host. */
  readonly #above = new Set<string>();

  add(scope: string, host: string): void {
    for (const name of namesCovering(host)) this.#above.add(`${scope}/${name}`);
    this.#names.add(`${scope}/${host}`);
  }

  /** Whether some served host and this one have a name in common. */
  serves(namespace: string, host: string): boolean {
    return [namespace, '*'].some(
      (scope) => this.#above.has(`${scope}/${host}`) || namesCovering(host).some((name) => this.#names.has(`${scope}/${name}`)),
    );
  }
}
