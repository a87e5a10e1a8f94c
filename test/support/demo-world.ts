import { memoryKeyValue } from '../../src/adapters/memory/keyvalue.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import { type DemoKubernetes, demoKubernetes } from '../../src/demo/kubernetes/api.ts';
import { demoPrometheus } from '../../src/demo/prometheus/api.ts';
import { HttpFailure } from '../../src/ports/http.ts';
import type { KeyValue } from '../../src/ports/keyvalue.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { demoStreams } from './demo-streams.ts';
import { askDemo, type FakeClock, fakeClock, fakeHttp, fixedRandom } from './ports.ts';

const KUBERNETES = 'http://kubernetes.test';
const PROMETHEUS = 'http://prometheus.test';

/** What is the matter with an upstream. */
export interface Weather {
  kubernetes: 'fine' | 'down' | 'throttling' | 'forbidden';
  prometheus: 'fine' | 'down';
}

export interface DemoWorld {
  readonly clock: FakeClock;
  readonly demo: DemoKubernetes;
  readonly weather: Weather;
  readonly ports: Ports;
  readonly config: Config;
  /** The keys that were written, in order. */
  readonly writes: string[];
}

/** The demo servers on a clock that stands still unless somebody waits, and a store whose writes are written down. */
export function demoWorld(options: Readonly<Record<string, string>> = {}): DemoWorld {
  const clock = fakeClock();
  const demo = demoKubernetes({ now: clock.now });
  const prometheus = demoPrometheus({ now: clock.now });
  const weather: Weather = { kubernetes: 'fine', prometheus: 'fine' };
  const kubernetes: typeof demo = Object.assign(
    (request: Parameters<typeof demo>[0]) => {
      const refuse = (status: number, headers: readonly (readonly [string, string])[] = []) => ({
        status,
        headers,
        body: new Uint8Array(),
      });
      if (weather.kubernetes === 'throttling') return refuse(429, [['retry-after', '2']]);
      if (weather.kubernetes === 'forbidden' && request.path !== '/api' && request.path !== '/apis') return refuse(403);
      if (weather.kubernetes === 'down') return refuse(503);
      return demo(request);
    },
    { tick: () => demo.tick?.() },
  );
  const http = fakeHttp(
    (request) => {
      if (request.url.startsWith(`${KUBERNETES}/`)) return askDemo(kubernetes, KUBERNETES, request);
      return weather.prometheus === 'down' ? new HttpFailure('unreachable', 'refused') : askDemo(prometheus, PROMETHEUS, request);
    },
    () => demoStreams(kubernetes, KUBERNETES, clock),
  );
  const writes: string[] = [];
  const keyvalue = recorded(memoryKeyValue(), writes);
  const ports: Ports = { clock, http, keyvalue, log: { write: () => {} }, random: fixedRandom() };
  const config = parseConfig({
    get: (name) => ({ KUBERNETES_URL: KUBERNETES, PROMETHEUS_URL: PROMETHEUS, COLLECT_TOKEN: 'secret', ...options })[name],
  });
  return { clock, demo, weather, ports, config, writes };
}

function recorded(store: KeyValue, writes: string[]): KeyValue {
  return {
    ...store,
    set: (key, value) => {
      writes.push(key);
      store.set(key, value);
    },
    setMany: (entries) => {
      writes.push(...entries.map(([key]) => key));
      store.setMany(entries);
    },
    increment: (key, delta) => {
      writes.push(key);
      return store.increment(key, delta);
    },
  };
}
