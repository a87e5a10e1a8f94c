import type { Refusal } from '../../../../../src/sources/kubernetes/outcome.ts';
import type { WatchEvent } from '../../../../../src/sources/kubernetes/watch-state.ts';
import { whole } from './model-cluster.ts';

export const pod = (name: string, resourceVersion?: string, more: object = {}) => ({
  metadata: { namespace: 'shop', name, ...(resourceVersion === undefined ? {} : { resourceVersion }), ...more },
});
export const page = (names: readonly string[], resourceVersion: string, continueToken?: string): WatchEvent => ({
  tag: 'page',
  list: { kind: 'PartialObjectMetadataList', items: names.map((name) => pod(name)), resourceVersion, continueToken },
});
export const line = (type: string, object: object) => JSON.stringify({ type, object });
export const event = (type: string, name: string, resourceVersion: string, more: object = {}) =>
  line(type, whole('pods', pod(name, resourceVersion, more)));
export const bookmark = (resourceVersion: string) => line('BOOKMARK', whole('pods', { metadata: { resourceVersion } }));
export const status = (code: number, more: object = {}) =>
  line('ERROR', { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...more });
export const lines = (...texts: readonly string[]): WatchEvent => ({ tag: 'lines', lines: texts });
export const throttled = (retryAfterMs?: number): Refusal => ({ tag: 'throttled', status: 429, retryAfterMs });
export const failing = (code = 503): Refusal => ({ tag: 'failing', status: code, retryAfterMs: undefined });
