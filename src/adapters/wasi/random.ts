import { getRandomBytes } from 'wasi:random/random@0.2.12';
import type { Random } from '../../ports/random.ts';
import { toU64 } from './resource.ts';

/** The host's secure random numbers. */
export const wasiRandom: Random = {
  fraction: () => {
    const [a = 0, b = 0, c = 0, d = 0] = getRandomBytes(toU64(4));
    return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) / 2 ** 32;
  },
  bytes: (length) => getRandomBytes(toU64(length)),
};
