import { describe, expect, it } from 'vitest';
import { demoKubernetes } from '../../../../src/demo/kubernetes/api.ts';
import type { HttpResponse } from '../../../../src/ports/http.ts';
import { readyEndpoints } from '../../../../src/sources/kubernetes/ready-endpoints.ts';
import { askDemo, fakeClock, fakeHttp } from '../../../support/ports.ts';

const KUBERNETES = 'http://kubernetes.test';

function api(demo = demoKubernetes()) {
  const http = fakeHttp((request) => askDemo(demo, KUBERNETES, request));
  return { http, clock: fakeClock(), connection: { baseUrl: KUBERNETES, token: '' }, headers: [], timeoutMs: 1_000 };
}

const list = (path: string, method = 'GET'): HttpResponse =>
  api().http.send({ method, url: `${KUBERNETES}${path}`, headers: [], timeoutMs: 1_000, maxBodyBytes: 1e6 });

describe('the demo’s EndpointSlices', () => {
  it('have the running pods that a Service selects, ready or not', () => {
    expect(readyEndpoints(api(), 'shop', 'payments')).toMatchObject({ tag: 'endpoints', ready: 3 });
    expect(readyEndpoints(api(), 'shop', 'checkout-canary')).toMatchObject({ ready: 1 });
    expect(readyEndpoints(api(), 'shop', 'nothing')).toMatchObject({ ready: 0, pods: [] });
    // Without a selector there are none.
    expect(readyEndpoints(api(), 'legacy', 'tax-office')).toMatchObject({ ready: 0 });
  });

  it('go with the pods', () => {
    const demo = demoKubernetes();
    const found = readyEndpoints(api(demo), 'shop', 'checkout-canary');
    const [pod] = found.tag === 'endpoints' ? found.pods : [];
    askDemo(demo, KUBERNETES, {
      method: 'DELETE',
      url: `${KUBERNETES}/api/v1/namespaces/shop/pods/${pod}`,
      headers: [],
      timeoutMs: 1_000,
      maxBodyBytes: 1e6,
    });
    expect(readyEndpoints(api(demo), 'shop', 'checkout-canary')).toMatchObject({ ready: 0 });
  });

  it('can be listed and nothing else', () => {
    const path = '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices';
    expect(list(path).status).toBe(200);
    expect(list(path, 'POST').status).toBe(404);
    expect(list(`${path}/one`).status).toBe(404);
  });
});
