import { describe, expect, it } from 'vitest';
import { meshOf } from '../../../src/mesh/membership.ts';

describe('meshOf', () => {
  it.each([
    ['Linkerd', { 'linkerd.io/control-plane-ns': 'linkerd' }, {}, 'linkerd'],
    ['Linkerd in another control-plane namespace', { 'linkerd.io/control-plane-ns': 'l5d' }, {}, 'linkerd'],
    ['an Istio sidecar by its label', { 'security.istio.io/tlsMode': 'istio' }, {}, 'istio-sidecar'],
    ['an Istio sidecar by its annotation', {}, { 'sidecar.istio.io/status': '{}' }, 'istio-sidecar'],
    [
      'an Istio sidecar that was told to take no mutual TLS',
      { 'security.istio.io/tlsMode': 'disabled' },
      { 'sidecar.istio.io/status': '{}' },
      'istio-sidecar',
    ],
    ['Istio ambient', {}, { 'ambient.istio.io/redirection': 'enabled' }, 'istio-ambient'],
    [
      'a pod on its way from Istio to Linkerd',
      { 'linkerd.io/control-plane-ns': 'linkerd', 'security.istio.io/tlsMode': 'istio' },
      {},
      'linkerd',
    ],
  ])('knows %s', (_, labels, annotations, mesh) => {
    expect(meshOf(labels, annotations)).toBe(mesh);
  });

  it.each([
    ['no marks', {}, {}],
    [
      'a wish for injection',
      { 'istio.io/dataplane-mode': 'ambient', 'sidecar.istio.io/inject': 'true' },
      { 'linkerd.io/inject': 'enabled' },
    ],
    ['an empty mark', { 'linkerd.io/control-plane-ns': '' }, { 'sidecar.istio.io/status': '' }],
    ['redirection that is not on, or not yet', {}, { 'ambient.istio.io/redirection': 'pending' }],
    ['TLS switched off and no sidecar', { 'security.istio.io/tlsMode': 'disabled' }, {}],
  ])('does not count %s', (_, labels, annotations) => {
    expect(meshOf(labels, annotations)).toBeUndefined();
  });
});
