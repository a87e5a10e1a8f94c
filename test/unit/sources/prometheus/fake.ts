import { encodeUtf8 } from '../../../../src/lib/utf8.ts';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../../../src/ports/http.ts';
import type { Connection } from '../../../../src/sources/prometheus/connection.ts';
import type { Rows } from '../../../../src/sources/prometheus/linkerd.ts';
import type { Sample } from '../../../../src/sources/prometheus/outcome.ts';
import type { QueryName } from '../../../../src/sources/prometheus/queries.ts';

export const BASE = 'http://prometheus.example:9090';
export const CONNECTION: Connection = { baseUrl: BASE, credentials: { tag: 'none' }, tenant: '' };

/** An answer with this status and body; an object is sent as JSON. */
export function answer(status: number, body: unknown, headers: readonly (readonly [string, string])[] = []): HttpResponse {
  return { status, headers, body: encodeUtf8(typeof body === 'string' ? body : JSON.stringify(body)), truncated: false };
}

/** A row as Prometheus writes it: labels and value. */
export type Row = readonly [labels: Readonly<Record<string, string>>, value: number | string];

/** An answer with these rows. */
export function vector(rows: readonly Row[], more: Readonly<Record<string, unknown>> = {}): HttpResponse {
  const result = rows.map(([metric, value]) => ({ metric, value: [1_795_629_000.123, String(value)] }));
  return answer(200, { status: 'success', data: { resultType: 'vector', result }, ...more });
}

/** An error in the API's own shape. */
export function apiError(
  status: number,
  errorType: string,
  error: string,
  headers: readonly (readonly [string, string])[] = [],
): HttpResponse {
  return answer(status, { status: 'error', errorType, error }, headers);
}

export function failure(reason: HttpFailure['reason']): HttpFailure {
  return new HttpFailure(reason, 'in this test');
}

/** The parameters of a request, wherever they stand. */
export function parametersOf({ url, body = new Uint8Array() }: HttpRequest): URLSearchParams {
  return new URLSearchParams(body.length > 0 ? Buffer.from(body).toString() : url.slice(url.indexOf('?') + 1));
}

export function queryIn(request: HttpRequest): string {
  return parametersOf(request).get('query') ?? '';
}

/** Rows by query, as a decoder gets them. */
export function rowsOf(rows: Partial<Record<QueryName, readonly Row[]>>): Rows {
  return (name) => (rows[name] ?? []).map(([labels, value]): Sample => ({ labels, value: Number(value) }));
}
