import type { Method } from './method.ts';

/** 2026-07-28, server/discover. */
export const discover: Method = { handle: ({ server }) => ({ pieces: [server.discovery] }) };
