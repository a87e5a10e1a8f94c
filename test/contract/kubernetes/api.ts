import { expect } from 'vitest';
import type { HeaderList } from '../../../src/lib/headers.ts';
import { isObject } from '../../../src/lib/json.ts';

/** One request of the suite. */
export interface ApiCall {
  readonly method: string;
  /** The path with its query. */
  readonly target: string;
  readonly headers: HeaderList;
  readonly body?: string;
}

/** An answer of the API under test. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
}

/** A watch of the API under test. */
export interface ApiWatch {
  readonly status: number;
  /** The next line, or undefined when the stream has ended. Waits for it. */
  next(): Promise<string | undefined>;
  close(): void;
}

/** The API under test, and what the suite needs of the cluster behind it. */
export interface KubernetesUnderTest {
  ask(call: ApiCall): ApiAnswer | Promise<ApiAnswer>;
  /** Sends a GET and reads its answer as it comes. */
  watch(target: string, headers: HeaderList): ApiWatch | Promise<ApiWatch>;
  /** Headers of a user who may read everything that the product reads. */
  readonly reader: HeaderList;
  /** Headers of a user who may do everything. */
  readonly writer: HeaderList;
  /** Headers of a user who may list services but not pods. */
  readonly withoutPods: HeaderList;
  /**
   * A namespace that holds at least three Services, three pods that are not finished, and a Deployment with a ReplicaSet. The cluster holds more
   * than five Services.
   */
  readonly namespace: string;
  /** A namespace that the suite may write in. */
  readonly scratch: string;
  /** A pod in `namespace` whose phase is Failed or Succeeded. */
  readonly finishedPod: string;
  /** A continue token for `/api/v1/services` whose state of the cluster is no longer kept. */
  expiredToken(): string | Promise<string>;
  /** A state of the cluster from before the API server knows its history. */
  readonly ancientResourceVersion: string;
}

export type Members = Record<string, unknown>;

export interface List {
  readonly kind: unknown;
  readonly apiVersion: unknown;
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
  readonly remaining: unknown;
  readonly items: readonly Members[];
}

/** An event of a watch. */
export interface WatchEvent {
  readonly type: unknown;
  readonly object: Members;
  readonly key: string;
  readonly resourceVersion: string;
}

export const JSON_LIST: HeaderList = [['accept', 'application/json']];
export const METADATA_LIST: HeaderList = [['accept', 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json']];
export const METADATA: HeaderList = [['accept', 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json']];

/** How the suite talks to the API under test, as its reader or its writer. */
export class Client {
  readonly api: KubernetesUnderTest;

  constructor(api: KubernetesUnderTest) {
    this.api = api;
  }

  async get(target: string, headers: HeaderList = JSON_LIST): Promise<ApiAnswer> {
    return this.api.ask({ method: 'GET', target, headers: [...this.api.reader, ...headers] });
  }

  async json(target: string, headers: HeaderList = JSON_LIST): Promise<Members> {
    const answer = await this.get(target, headers);
    expect(answer.status, answer.body.slice(0, 300)).toBe(200);
    return members(JSON.parse(answer.body));
  }

  async list(target: string, headers: HeaderList = JSON_LIST): Promise<List> {
    const { kind, apiVersion, metadata, items } = await this.json(target, headers);
    const { resourceVersion, continue: continueToken, remainingItemCount: remaining } = members(metadata);
    expect(resourceVersion).toMatch(/^\d+$/);
    return {
      kind,
      apiVersion,
      resourceVersion: String(resourceVersion),
      continueToken: continueToken === undefined || continueToken === '' ? undefined : String(continueToken),
      remaining,
      items: (Array.isArray(items) ? items : []).map(members),
    };
  }

  async pages(target: string, limit: number, headers: HeaderList = JSON_LIST): Promise<List[]> {
    const read: List[] = [];
    let token: string | undefined;
    do {
      const more = token === undefined ? '' : `&continue=${encodeURIComponent(token)}`;
      const page = await this.list(`${target}?limit=${limit}${more}`, headers);
      read.push(page);
      token = page.continueToken;
    } while (token !== undefined && read.length < 200);
    return read;
  }

  /** A write with a JSON body; a PATCH is a merge patch unless `type` says otherwise. */
  async write(
    method: string,
    target: string,
    body?: unknown,
    { type, headers = [] }: { type?: string; headers?: HeaderList } = {},
  ): Promise<ApiAnswer> {
    const contentType = type ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
    return this.api.ask({
      method,
      target,
      headers: [
        ...this.api.writer,
        ['user-agent', 'contract/1.0'],
        ...headers,
        ...(body === undefined ? [] : [['content-type', contentType] as const]),
      ],
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  /** A write that must succeed with that status; gives the object. */
  async wrote(code: number, ...write: Parameters<Client['write']>): Promise<Members> {
    const answer = await this.write(...write);
    expect(answer.status, answer.body.slice(0, 500)).toBe(code);
    return members(JSON.parse(answer.body));
  }

  /** Server-side apply as a manager. */
  apply(target: string, manager: string, object: Members, query = ''): Promise<ApiAnswer> {
    return this.write('PATCH', `${target}?fieldManager=${manager}${query}`, object, { type: 'application/apply-patch+yaml' });
  }

  async watch(target: string, headers: HeaderList = JSON_LIST): Promise<Watching> {
    const watch = await this.api.watch(target, [...this.api.reader, ...headers]);
    expect(watch.status).toBe(200);
    return new Watching(watch);
  }
}

/** A watch whose events are read one by one. */
export class Watching {
  readonly #watch: ApiWatch;

  constructor(watch: ApiWatch) {
    this.#watch = watch;
  }

  /** The next event; undefined at the end. */
  async next(): Promise<WatchEvent | undefined> {
    const line = await this.#watch.next();
    if (line === undefined) return undefined;
    const { type, object } = members(JSON.parse(line));
    const seen = members(object);
    if (type === 'ERROR') return { type, object: seen, key: '', resourceVersion: '' };
    const { name } = members(seen.metadata);
    return {
      type,
      object: seen,
      key: name === undefined ? '' : keyOf(seen),
      resourceVersion: String(at(seen, 'metadata', 'resourceVersion')),
    };
  }

  /** The next one that is no bookmark. */
  async nextChange(): Promise<WatchEvent | undefined> {
    for (;;) {
      const event = await this.next();
      if (event?.type !== 'BOOKMARK') return event;
    }
  }

  /** All that comes until the end. */
  async rest(): Promise<WatchEvent[]> {
    const events: WatchEvent[] = [];
    for (let event = await this.next(); event !== undefined; event = await this.next()) events.push(event);
    return events;
  }

  close(): void {
    this.#watch.close();
  }
}

/** That an answer is a refusal of that kind; gives its Status. */
export async function expectStatus(answer: ApiAnswer | Promise<ApiAnswer>, code: number, reason: string): Promise<Members> {
  const { status, body } = await answer;
  expect(status, body.slice(0, 500)).toBe(code);
  const given = members(JSON.parse(body));
  expect(given).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason });
  return given;
}

export function members(value: unknown): Members {
  if (!isObject(value)) throw new Error(`not an object: ${JSON.stringify(value)?.slice(0, 100)}`);
  return value;
}

/** The value at the end of a path of members. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((parent, key) => members(parent)[key], value);
}

export function keyOf(item: unknown): string {
  const { namespace, name } = members(at(item, 'metadata'));
  return namespace === undefined ? String(name) : `${String(namespace)}/${String(name)}`;
}

export function versionOf(object: unknown): string {
  return String(at(object, 'metadata', 'resourceVersion'));
}
