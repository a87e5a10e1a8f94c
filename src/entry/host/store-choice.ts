import { memoryStore } from '../../adapters/node/memory-store.ts';
import { natsStore } from '../../adapters/node/nats-store.ts';
import { redisStore } from '../../adapters/node/redis-store.ts';
import type { Store } from '../../adapters/node/store.ts';

/** Where the host keeps what its instances share. */
export type StoreChoice = { readonly tag: 'memory' } | { readonly tag: 'redis' | 'nats'; readonly url: URL };

/** What a user may write, in words. */
export const STORE_FORMS = 'memory, redis://[user:password@]host[:port][/database], rediss://… or nats://[user:password@]host[:port]';

/** The store that a user named, or undefined where the text names none. */
export function parseStore(text: string): StoreChoice | undefined {
  if (text === 'memory') return { tag: 'memory' };
  const url = URL.parse(text);
  if (url === null || url.hostname === '' || url.search !== '' || url.hash !== '' || !isDecodable(url)) return undefined;
  switch (url.protocol) {
    case 'redis:':
    case 'rediss:':
      return /^(?:\/\d{0,5})?$/.test(url.pathname) ? { tag: 'redis', url } : undefined;
    case 'nats:':
      return url.pathname === '' || url.pathname === '/' ? { tag: 'nats', url } : undefined;
    default:
      return undefined;
  }
}

/** Whether user and password are percent-encoded rightly. */
function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

/** The store itself. A server is not asked for before the first operation; `say` is told when it cannot be reached. */
export function openStore(choice: StoreChoice, say: (line: string) => void): Store {
  switch (choice.tag) {
    case 'memory':
      return memoryStore();
    case 'redis':
      return redisStore({ url: choice.url, say });
    case 'nats':
      return natsStore({ url: choice.url, say });
  }
}
