import { type Config, OPTIONS, parseConfig } from '../../src/config.ts';
import { createDemoPetstore } from '../../src/demo/petstore/petstore.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import type { Tool, ToolAnswer, ToolCall } from '../../src/mcp/tool.ts';
import { petstoreTools } from '../../src/mcp/tools/petstore/tools.ts';
import type { HttpFailure, HttpRequest, HttpResponse } from '../../src/ports/http.ts';
import { askDemo, type FakeClock, type FakeHttp, fakeClock, fakeHttp, fixedRandom } from './ports.ts';
import { ADMIN } from './principals.ts';
import { type LogLine, quietPorts } from './quiet-ports.ts';

/** The origin that the Petstore of these tests stands at. */
export const ORIGIN = 'http://petstore.test:8080';

/** An answer with a status, a body and headers. */
export function answered(status: number, body: string | Uint8Array = '', headers: HttpResponse['headers'] = []): HttpResponse {
  return { status, headers, body: typeof body === 'string' ? new TextEncoder().encode(body) : body, truncated: false };
}

/** A good answer in JSON. */
export function jsonAnswer(value: unknown, headers: HttpResponse['headers'] = []): HttpResponse {
  return answered(200, JSON.stringify(value), [['content-type', 'application/json'], ...headers]);
}

/** Everything around a call, and what it left behind. */
export interface World {
  readonly call: ToolCall;
  readonly http: FakeHttp;
  readonly clock: FakeClock;
  readonly lines: readonly LogLine[];
  /** Calls a Petstore tool by its name. */
  readonly run: (name: string, args?: JsonObject) => ToolAnswer<JsonObject>;
}

export type Upstream = (request: HttpRequest, clock: FakeClock) => HttpResponse | HttpFailure;

/** A world whose Petstore is a function; options by their names in the environment. */
export function worldOf(upstream: Upstream, options: Readonly<Record<string, string>> = {}, fraction = 0.5): World {
  const clock = fakeClock();
  const http = fakeHttp((request) => upstream(request, clock));
  const { ports, lines } = quietPorts();
  const call: ToolCall = {
    ports: { ...ports, clock, http, random: fixedRandom(fraction) },
    config: configOf(options),
    principal: ADMIN,
    progress: () => {},
  };
  return { call, http, clock, lines, run: (name, args = {}) => toolNamed(name).call(args, call) };
}

/** A world with a fresh demo Petstore. */
export function demoWorld(options: Readonly<Record<string, string>> = {}): World {
  const demo = createDemoPetstore({ now: () => Date.UTC(2026, 10, 21, 10) });
  return worldOf((request) => askDemo(demo, ORIGIN, request), options);
}

export function configOf(options: Readonly<Record<string, string>> = {}): Config {
  const given: Readonly<Record<string, string>> = { [OPTIONS.petstoreUrl.name]: `${ORIGIN}/api/v3`, ...options };
  return parseConfig({ get: (name) => given[name] });
}

export function toolNamed(name: string): Tool {
  const found = petstoreTools.find((tool) => tool.name === name);
  if (found === undefined) throw new Error(`no tool ${name}`);
  return found;
}

/** What a call throws. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('nothing was thrown');
}
