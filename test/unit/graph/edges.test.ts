import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activityOf, edgeKey, homeOf, parseEdgeKey } from '../../../src/graph/edges.ts';
import { edge } from './arbitraries.ts';

describe('edgeKey', () => {
  it('names the ends, service, port and protocol', () => {
    const ends = { source: 'shop/Deployment/web', destination: 'shop/Deployment/cart', protocol: 'http' } as const;
    expect(edgeKey({ ...ends, service: 'shop/Service/cart', port: 8080 })).toBe(
      'shop/Deployment/web>shop/Deployment/cart>shop/Service/cart>8080>http',
    );
    expect(edgeKey(ends)).toBe('shop/Deployment/web>shop/Deployment/cart>>>http');
  });

  it('comes back', () => {
    fc.assert(
      fc.property(edge, ({ source, destination, service, port, protocol }) => {
        const ends = {
          source,
          destination,
          ...(service === undefined ? {} : { service }),
          ...(port === undefined ? {} : { port }),
          protocol,
        };
        expect(parseEdgeKey(edgeKey(ends))).toEqual(ends);
      }),
    );
  });

  it('is not read from other texts', () => {
    for (const text of ['', 'a', 'a>b', 'a>b>>x>http', 'a>b>>>smtp', '>b>>>http', 'a>>>>http', 'a>b>>>http>']) {
      expect(parseEdgeKey(text), text).toBeUndefined();
    }
  });
});

describe('homeOf', () => {
  it('is the source’s namespace, else the destination’s', () => {
    expect(homeOf({ source: 'shop/Deployment/web', destination: 'bank/Deployment/api' })).toBe('shop');
    expect(homeOf({ source: 'unmeshed', destination: 'bank/Deployment/api' })).toBe('bank');
    expect(homeOf({ source: 'unmeshed', destination: 'external/x' })).toBeUndefined();
  });
});

describe('activityOf', () => {
  it('is the most of requests, KiB and decisions', () => {
    expect(activityOf({})).toBe(0);
    expect(activityOf({ rps: 3, sent: 1024, received: 1024 })).toBe(3);
    expect(activityOf({ rps: 1, sent: 1024, received: 1024 })).toBe(2);
    expect(activityOf({ denied: 4, allowed: 1 })).toBe(5);
  });
});
