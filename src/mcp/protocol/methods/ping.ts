import { completeResult } from '../result.ts';
import type { Method } from './method.ts';

/** 2024-11-05 to 2025-11-25, basic/utilities/ping. */
export const ping: Method = { handle: (exchange) => ({ pieces: completeResult(exchange, {}) }) };
