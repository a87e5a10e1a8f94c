import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { View } from '../../src/policy/analyze/view.ts';
import { readObjects } from '../../src/policy/objects/kube-object.ts';
import { resolveRouteIn } from '../../src/policy/routing/resolve.ts';
import { documents, ROOT, SERVICES } from '../deploy/istio/manifests.ts';
import { callTo, destinationOf, destinationsOf, ingress, shipped, sidecarOf, subsetsOf, treatmentOf } from '../deploy/istio/route.ts';
import { kustomize } from './support/kustomize.ts';

/** An overlay rendered, with the installation, and what is laid over the installation for it. */
function overlay(folder: string, ...more: readonly string[]): View {
  const installation = ['istio/installation.yaml', ...more].flatMap(documents);
  return new View(readObjects([...installation, ...kustomize(join(ROOT, folder))]));
}

const BASE = overlay('base');
const PRODUCTION = overlay('overlays/production');
const MULTI_CLUSTER = overlay('overlays/multi-cluster', 'istio/installation-multi-cluster.yaml');
const CHAOS = overlay('overlays/chaos');
const VIEWS = [
  ['base', BASE],
  ['dev', overlay('overlays/dev', 'istio/installation-dev.yaml')],
  ['production', PRODUCTION],
  ['multi-cluster', MULTI_CLUSTER],
  ['chaos', CHAOS],
] as const;

it('the base renders to the objects that its files hold', () => {
  const names = (view: View) => new Set(view.networking('VirtualService').map(({ name }) => name));
  expect(names(BASE)).toEqual(names(new View(readObjects(shipped()))));
});

describe.each(VIEWS)('%s', (name, view) => {
  it.each(SERVICES)('a call to %s arrives', (host) => {
    for (const { problem, workloads } of destinationsOf(resolveRouteIn(view, callTo(host)))) {
      expect(problem).toBeUndefined();
      expect(workloads.length).toBeGreaterThan(0);
    }
  });

  it('canary 90/10, green by header, mobile agents to their subset', () => {
    expect(subsetsOf(resolveRouteIn(view, callTo('mcp-debate')))).toEqual(['stable 9/10', 'canary 1/10']);
    const green = callTo('mcp-organization', { headers: [['x-deployment-stage', 'green']] });
    expect(subsetsOf(resolveRouteIn(view, green))).toEqual(['green 1/1']);
    expect(subsetsOf(resolveRouteIn(view, callTo('mcp-organization')))).toEqual(['blue 1/1']);
    expect(subsetsOf(resolveRouteIn(view, ingress({ headers: [['user-agent', 'x (iPhone)']] })))).toEqual(['mobile-optimized 1/1']);
    expect(subsetsOf(resolveRouteIn(view, ingress()))).toEqual(['standard 1/1']);
  });

  it('egress goes through the gateway', () => {
    const request = { from: sidecarOf('mcp-llm'), host: 'api.openai.com', port: 443, protocol: 'https' } as const;
    expect(destinationOf(resolveRouteIn(view, request))).toMatchObject({
      host: 'istio-egressgateway.istio-egress.svc.cluster.local',
      problem: undefined,
      policy: { tls: { mode: 'ISTIO_MUTUAL', sni: 'api.openai.com' } },
    });
  });

  it(name === 'chaos' ? 'has faults for mcp-rag alone' : 'is free of faults', () => {
    const faults = SERVICES.filter((host) => treatmentOf(resolveRouteIn(view, callTo(host))).fault !== undefined);
    expect(faults).toEqual(name === 'chaos' ? ['mcp-rag'] : []);
  });
});

it('chaos: half of the requests wait 5 s, one in ten fails with 503', () => {
  expect(treatmentOf(resolveRouteIn(CHAOS, callTo('mcp-rag'))).fault).toEqual({
    delay: { share: { numerator: 1, denominator: 2 }, ms: 5000 },
    abort: { share: { numerator: 1, denominator: 10 }, httpStatus: 503 },
  });
});

describe('multi-cluster: the east-west gateway passes sessions of the mesh through', () => {
  const enter = (sni: string) =>
    ({ from: { tag: 'gateway', gateway: 'istio-eastwest/mcp-east-west' }, host: sni, port: 15443, protocol: 'tls' }) as const;

  it.each(SERVICES)('to %s, by the name that other clusters send', (name) => {
    const host = `${name}.mcp-system.svc.cluster.local`;
    expect(destinationOf(resolveRouteIn(MULTI_CLUSTER, enter(`outbound_.8080_._.${host}`)))).toMatchObject({
      host,
      port: 8080,
      problem: undefined,
    });
  });

  it('to a subset, if the DestinationRule has it', () => {
    const sni = (subset: string) => enter(`outbound_.8080_.${subset}_.mcp-debate.mcp-system.svc.cluster.local`);
    expect(subsetsOf(resolveRouteIn(MULTI_CLUSTER, sni('canary')))).toEqual(['canary 1/1']);
    expect(resolveRouteIn(MULTI_CLUSTER, sni('nightly'))).toMatchObject({ tag: 'refused' });
  });

  it('and to nothing by another name', () => {
    expect(resolveRouteIn(MULTI_CLUSTER, enter('mcp-rag.mcp-system.svc.cluster.local'))).toMatchObject({ tag: 'refused' });
  });

  it('which in production takes the two services of its routes alone', () => {
    const request = { ...enter('mcp-rag.mcp-system.svc.cluster.local'), protocol: 'https' } as const;
    expect(destinationOf(resolveRouteIn(PRODUCTION, request))).toMatchObject({ port: 8080, problem: undefined });
  });
});
