import { describe, expect, it } from 'vitest';
import { AMBIENT, ask, brief, CLIENT, deny, WEB } from './mesh.ts';

const INCLUDE = 'traffic.sidecar.istio.io/includeInboundPorts';
const EXCLUDE = 'traffic.sidecar.istio.io/excludeInboundPorts';
const objects = [deny('d', [{}])];

describe('what passes no proxy is allowed', () => {
  it.each([
    ['pods in no mesh', { ...WEB, mesh: undefined }, 'allowed'],
    ['pods in Linkerd’s mesh', { ...WEB, mesh: 'linkerd' as const }, 'allowed'],
    ['a port that is excluded', { ...WEB, annotations: { [EXCLUDE]: '1, 8080' } }, 'allowed'],
    ['a port that is not', { ...WEB, annotations: { [EXCLUDE]: '80' } }, 'denied by d'],
    ['a port that is not included', { ...WEB, annotations: { [INCLUDE]: '80,81' } }, 'allowed'],
    ['no port is included', { ...WEB, annotations: { [INCLUDE]: '' } }, 'allowed'],
    ['a port that is included', { ...WEB, annotations: { [INCLUDE]: '8080' } }, 'denied by d'],
    ['all ports are included', { ...WEB, annotations: { [INCLUDE]: '*' } }, 'denied by d'],
    ['all but one', { ...WEB, annotations: { [INCLUDE]: '*', [EXCLUDE]: '8080' } }, 'allowed'],
    [
      'with a list to include nobody asks what to exclude',
      { ...WEB, annotations: { [INCLUDE]: '8080', [EXCLUDE]: '8080' } },
      'denied by d',
    ],
    ['ztunnel knows no such ports', { ...AMBIENT, annotations: { [EXCLUDE]: '8080' } }, 'denied by d'],
    ['pods that ztunnel leaves alone', { ...AMBIENT, annotations: { 'ambient.istio.io/bypass-inbound-capture': 'true' } }, 'allowed'],
  ])('%s', (_, callee, expected) => {
    expect(brief(ask({ objects, callee }))).toBe(expected);
  });
  it('the annotation is named', () => {
    const answer = ask({ objects, callee: { ...WEB, annotations: { [EXCLUDE]: '8080' } } });
    expect(answer.decidedBy).toEqual({
      field: `metadata.annotations["${EXCLUDE}"]`,
      says: 'Port 8080 is kept from the sidecar, so nothing is enforced.',
    });
  });
  it('an annotation that was not kept leaves it open', () => {
    for (const name of [INCLUDE, EXCLUDE]) {
      const callee = { ...WEB, annotations: { [name]: '(not kept)' } };
      expect(ask({ objects, callee })).toMatchObject({
        verdict: 'unknown',
        dependsOn: [`the annotation ${name}, which is too long to be kept`],
      });
      expect(brief(ask({ objects: [], callee }))).toBe('allowed');
    }
  });
  it.each([
    ['1', 'allowed'],
    ['yes', 'denied by d'],
  ])('bypass-inbound-capture: %s', (value, expected) => {
    expect(brief(ask({ objects, callee: { ...AMBIENT, annotations: { 'ambient.istio.io/bypass-inbound-capture': value } } }))).toBe(
      expected,
    );
  });
  it('the sidecar’s own ports', () => {
    for (const port of [15_020, 15_021, 15_090, 15_008]) expect(brief(ask({ objects, port }))).toBe('allowed');
  });
  it('what stays within the pod', () => {
    expect(brief(ask({ objects, peer: { ...CLIENT, loopback: true } }))).toBe('allowed');
    expect(brief(ask({ objects, callee: AMBIENT, peer: { ...CLIENT, loopback: true } }))).toBe('allowed');
  });
});
