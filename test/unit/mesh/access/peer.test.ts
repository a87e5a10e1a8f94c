import { describe, expect, it } from 'vitest';
import { peerOf } from '../../../../src/mesh/access/peer.ts';
import type { Labels } from '../../../../src/mesh/membership.ts';
import { AMBIENT, deployment, kept, LINKERD, SIDECAR } from '../kept-objects.ts';
import { calleeIn, groupIn, viewOf } from './support.ts';

const IN = {
  linkerd: { injected: LINKERD },
  sidecar: { injected: SIDECAR },
  ambient: { annotated: AMBIENT },
  none: {},
} as const;
type Where = keyof typeof IN;

function seen(
  caller: Where,
  callee: Where,
  more: { readonly annotations?: Labels; readonly calleeLabels?: Labels; readonly callerLabels?: Labels; readonly plainTls?: string } = {},
) {
  const view = viewOf([
    ...deployment('web', {
      ...IN[caller],
      serviceAccount: 'front',
      labels: more.callerLabels ?? {},
      ...(more.annotations === undefined ? {} : { annotations: more.annotations }),
    }),
    ...deployment('api', { ...IN[callee], labels: more.calleeLabels ?? {} }),
  ]);
  return peerOf(view, groupIn(view, 'web'), calleeIn(view, 'api'), { dialled: 80, port: 8080, called: 'api' }, more.plainTls);
}

const identityOf = (...args: Parameters<typeof seen>) => seen(...args).peer.identity;
const LINKERD_NAME = 'front.shop.serviceaccount.identity.linkerd.cluster.local';
const SPIFFE = 'spiffe://cluster.local/ns/shop/sa/front';

describe('a caller proves itself', () => {
  it.each<[Where, Where, object]>([
    ['linkerd', 'linkerd', { tag: 'mutual-tls', name: LINKERD_NAME }],
    ['sidecar', 'sidecar', { tag: 'mutual-tls', name: SPIFFE }],
    ['sidecar', 'ambient', { tag: 'mutual-tls', name: SPIFFE }],
    ['ambient', 'ambient', { tag: 'mutual-tls', name: SPIFFE }],
    ['linkerd', 'sidecar', { tag: 'plain-text' }],
    ['sidecar', 'linkerd', { tag: 'plain-text' }],
    ['linkerd', 'none', { tag: 'plain-text' }],
    ['ambient', 'none', { tag: 'plain-text' }],
    ['none', 'linkerd', { tag: 'plain-text' }],
    ['none', 'ambient', { tag: 'plain-text' }],
  ])('from %s to %s', (caller, callee, identity) => {
    expect(identityOf(caller, callee)).toEqual(identity);
  });

  it('and is known as the workload that it is, at an address that nobody knows', () => {
    expect(seen('linkerd', 'linkerd').peer).toMatchObject({
      workload: { namespace: 'shop', serviceAccount: 'front' },
      address: undefined,
      loopback: false,
    });
  });

  it('and in Istio’s mesh by what stands on its side, and the Service that it calls', () => {
    const istioOf = (...args: Parameters<typeof seen>) => seen(...args).peer.istio;
    expect(istioOf('sidecar', 'ambient')).toEqual({ proxy: 'sidecar', service: 'api' });
    expect(istioOf('ambient', 'ambient')).toEqual({ proxy: 'ztunnel', service: 'api' });
    expect(istioOf('linkerd', 'ambient')).toBeUndefined();
    expect(istioOf('none', 'ambient')).toBeUndefined();
    const labelled = (callerLabels: Labels) => istioOf('sidecar', 'ambient', { callerLabels });
    expect(labelled({ istio: 'ingressgateway' })).toEqual({ proxy: 'gateway', service: 'api' });
    expect(labelled({ 'gateway.networking.k8s.io/gateway-name': 'public' })).toEqual({ proxy: 'gateway', service: 'api' });
    const waypoint = { 'gateway.networking.k8s.io/gateway-name': 'w', 'gateway.istio.io/managed': 'istio.io-mesh-controller' };
    expect(labelled(waypoint)).toBeUndefined();
  });

  it('not where its proxy is passed by on the port that it dials', () => {
    const skipping = (value: string) => seen('linkerd', 'linkerd', { annotations: { 'config.linkerd.io/skip-outbound-ports': value } });
    expect(skipping('80').peer.identity).toEqual({ tag: 'plain-text' });
    expect(skipping('80').remarks).toEqual([expect.stringContaining('skip-outbound-ports')]);
    // The pods' port is not the one that is dialled.
    expect(skipping('8080').peer.identity).toMatchObject({ tag: 'mutual-tls' });
    expect(identityOf('sidecar', 'sidecar', { annotations: { 'traffic.sidecar.istio.io/excludeOutboundPorts': '79,80' } })).toEqual({
      tag: 'plain-text',
    });
    expect(identityOf('sidecar', 'sidecar', { annotations: { 'config.linkerd.io/skip-outbound-ports': '80' } })).toMatchObject({
      tag: 'mutual-tls',
    });
  });

  it('not where its configuration sends something else', () => {
    const { peer, remarks } = seen('sidecar', 'sidecar', { plainTls: 'DestinationRule shop/api' });
    expect(peer.identity).toEqual({ tag: 'plain-text' });
    expect(remarks).toEqual(['DestinationRule shop/api tells Deployment web to send no mutual TLS.']);
  });

  it('not where the callee is known to take none', () => {
    const disabled = { 'sidecar.istio.io/status': '{}' };
    const view = viewOf([
      ...deployment('web', IN.sidecar),
      ...deployment('api', { labels: { 'security.istio.io/tlsMode': 'disabled' }, annotations: disabled }),
    ]);
    const { peer, remarks } = peerOf(view, groupIn(view, 'web'), calleeIn(view, 'api'), { dialled: 80, port: 8080, called: 'api' });
    expect(peer.identity).toEqual({ tag: 'plain-text' });
    expect(remarks).toEqual([expect.stringContaining('"disabled"')]);
  });

  it('through ztunnel to a sidecar only where that takes HBONE', () => {
    expect(identityOf('ambient', 'sidecar')).toEqual({ tag: 'plain-text' });
    expect(identityOf('ambient', 'sidecar', { calleeLabels: { 'networking.istio.io/tunnel': 'http' } })).toEqual({
      tag: 'mutual-tls',
      name: SPIFFE,
    });
  });

  it('by an identity that nobody knows where its ServiceAccount was not read', () => {
    const view = viewOf([kept('pods', 'web', { labels: { app: 'web', ...LINKERD } }), ...deployment('api', IN.linkerd)]);
    expect(peerOf(view, groupIn(view, 'web'), calleeIn(view, 'api'), { dialled: 80, port: 8080, called: 'api' }).peer).toMatchObject({
      identity: { tag: 'unknown' },
    });
  });
});
