import type { Principal } from '../../../../src/access/principal.ts';
import type { Effect, ObjectChange } from '../../../../src/assess/effect.ts';
import { DELETION, decideApply } from '../../../../src/change/apply.ts';
import { type ChangeReport, type ChangeRequest, change } from '../../../../src/change/change.ts';
import { parseManifest } from '../../../../src/change/manifest.ts';
import { decideRevert, revertible } from '../../../../src/change/revert.ts';
import { WRITABLE_KINDS } from '../../../../src/change/writable.ts';
import { collect } from '../../../../src/collector/run.ts';
import { MeshError } from '../../../../src/lib/errors.ts';
import type { JsonObject } from '../../../../src/lib/json.ts';
import type { HttpFailure, HttpRequest, HttpResponse } from '../../../../src/ports/http.ts';
import { HttpFailure as Failure } from '../../../../src/ports/http.ts';
import type { LogFields } from '../../../../src/ports/log.ts';
import type { Ports } from '../../../../src/ports/ports.ts';
import { type DemoWorld, demoWorld } from '../../../support/demo-world.ts';
import { askDemo } from '../../../support/ports.ts';
import { ADMIN } from '../../../support/principals.ts';

export const KUBERNETES = 'http://kubernetes.test';

const NO_EFFECT: Effect = { edges: [], judged: 5, cutRps: 0, openedRps: 0, notes: [] };

/** What the world's API server does with a write, in place of what the demo would do. */
export type Meddle = (request: HttpRequest, pass: () => HttpResponse | HttpFailure) => HttpResponse | HttpFailure;

/** What a collector leaves in the store, by the options of the world: the same each time, so it is made once. */
const filled = new Map<string, readonly (readonly [string, Uint8Array])[]>();
const COLLECTED_MS = 1_000;

function fill({ ports, config, clock }: DemoWorld, options: string): void {
  const known = filled.get(options);
  if (known === undefined) {
    collect(ports, config, { holder: 'test', windowMs: COLLECTED_MS });
    filled.set(
      options,
      ports.keyvalue.keys().flatMap((key) => {
        const value = ports.keyvalue.get(key);
        return value === undefined ? [] : [[key, value] as const];
      }),
    );
  } else {
    ports.keyvalue.setMany(known);
    clock.advance(COLLECTED_MS);
  }
}

/** The demo cluster with its graph, as somebody who changes it meets it. */
export class ChangeWorld {
  readonly demo: DemoWorld;
  readonly logged: LogFields[] = [];
  readonly requests: HttpRequest[] = [];
  effect: Effect = NO_EFFECT;
  readonly judged: (readonly ObjectChange[])[] = [];
  meddle: Meddle = (_request, pass) => pass();
  /** The store does not answer. */
  storeDown = false;

  constructor(options: Readonly<Record<string, string>> = {}, { collected = true } = {}) {
    this.demo = demoWorld(options);
    if (collected) fill(this.demo, JSON.stringify(options));
  }

  get ports(): Ports {
    const { ports } = this.demo;
    let random = 0;
    return {
      ...ports,
      random: { ...ports.random, bytes: (length) => Uint8Array.from({ length }, (_, place) => (place + ++random) % 256) },
      log: { write: (_level, _message, fields = {}) => void this.logged.push(fields) },
      keyvalue: new Proxy(ports.keyvalue, {
        get: (target, name, receiver) => {
          if (this.storeDown) {
            return () => {
              throw new MeshError('unavailable', 'The store does not answer.');
            };
          }
          return Reflect.get(target, name, receiver);
        },
      }),
      http: {
        ...ports.http,
        send: (request) => {
          this.requests.push(request);
          const answer = this.meddle(request, () => askDemo(this.demo.demo, KUBERNETES, request));
          if (answer instanceof Failure) throw answer;
          return answer;
        },
      },
    };
  }

  run(request: Omit<ChangeRequest, 'confirm'>, confirm?: string, principal: Principal = ADMIN): ChangeReport {
    const effectOf = (_reader: unknown, _config: unknown, changes: readonly ObjectChange[]): Effect => {
      this.judged.push(changes);
      return this.effect;
    };
    return change({ ports: this.ports, config: this.demo.config, principal, effectOf }, { ...request, confirm });
  }

  /** Plans a change and makes it. */
  make(request: Omit<ChangeRequest, 'confirm'>): ChangeReport {
    return this.run(request, tokenOf(this.run(request)));
  }

  revert(id: number): Omit<ChangeRequest, 'confirm'> {
    const found = revertible(this.ports, id, ADMIN);
    return {
      tool: 'revert_change',
      arguments: { change: id },
      place: found.record.target,
      decide: (live, api, sees) => decideRevert(found, live, api, sees),
      force: false,
      acceptImpact: [],
      reverts: id,
    };
  }

  /** An object as the cluster has it, or undefined. */
  live(path: string): JsonObject | undefined {
    const answer = askDemo(this.demo.demo, KUBERNETES, {
      method: 'GET',
      url: KUBERNETES + path,
      headers: [],
      timeoutMs: 1_000,
      maxBodyBytes: 1e6,
    });
    if (answer instanceof Failure || answer.status !== 200) return undefined;
    return JSON.parse(Buffer.from(answer.body).toString()) as JsonObject; // The demo writes JSON objects.
  }

  /** Somebody else writes an object by server-side apply. */
  otherApplies(path: string, body: JsonObject, manager = 'somebody'): number {
    const answer = askDemo(this.demo.demo, KUBERNETES, {
      method: 'PATCH',
      url: `${KUBERNETES}${path}?fieldManager=${manager}&force=true`,
      headers: [['content-type', 'application/apply-patch+yaml']],
      body: Buffer.from(JSON.stringify(body)),
      timeoutMs: 1_000,
      maxBodyBytes: 1e6,
    });
    return answer instanceof Failure ? 0 : answer.status;
  }
}

export function tokenOf(report: ChangeReport): string {
  if (report.token === undefined) throw new Error(`no token: ${report.status}`);
  return report.token;
}

export interface RequestOptions {
  readonly force?: boolean;
  readonly acceptImpact?: readonly string[];
  readonly delete?: boolean;
}

/** A request as `apply_authorization_policy` and `apply_http_route` make it. */
export function applying(
  manifest: JsonObject,
  { force = false, acceptImpact = [], delete: gone = false }: RequestOptions = {},
): Omit<ChangeRequest, 'confirm'> {
  const parsed = parseManifest(manifest, WRITABLE_KINDS);
  return {
    tool: 'apply_authorization_policy',
    arguments: { manifest, force, accept_impact: acceptImpact, delete: gone },
    place: parsed.target,
    decide: (found, api, sees) => (gone ? DELETION : decideApply(parsed, found, api, sees)),
    force,
    acceptImpact,
  };
}

/** What an action throws, as `code: message`; `nothing` where it throws nothing. */
export function failure(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof MeshError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'nothing';
}

export const ROUTES = '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes';
export const TLS_AUTHENTICATIONS = '/apis/policy.linkerd.io/v1alpha1/namespaces/shop/meshtlsauthentications';

/** A policy that the demo does not have. */
export const FRESH: JsonObject = {
  apiVersion: 'policy.linkerd.io/v1alpha1',
  kind: 'MeshTLSAuthentication',
  metadata: { name: 'fresh', namespace: 'shop', labels: { team: 'shop' } },
  spec: { identities: ['*.shop.serviceaccount.identity.linkerd.cluster.local'] },
};

/** The same with other identities. */
export function freshWith(...identities: readonly string[]): JsonObject {
  return { ...FRESH, spec: { identities } };
}
