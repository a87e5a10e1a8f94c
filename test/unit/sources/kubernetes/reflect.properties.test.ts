import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeptKind, KeptObject } from '../../../../src/mesh/kept.ts';
import { type ResumePoints, reflect } from '../../../../src/sources/kubernetes/reflect.ts';
import { fakeClock, fakeHttp } from '../../../support/ports.ts';
import { scriptedStreams } from '../../../support/streams.ts';
import { type Deed, fold, ModelCluster, sorted } from './support/model-cluster.ts';
import { modelServer, TROUBLES, type Trouble } from './support/model-server.ts';

const KINDS: readonly KeptKind[] = ['pods', 'services', 'httpRoutes', 'namespaces'];

const deed = fc.record<Deed>({
  kind: fc.constantFrom(...KINDS),
  namespace: fc.constantFrom('shop', 'bank', 'shop-2'),
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  condition: fc.constantFrom('fine', 'fine', 'fine', 'gone', 'gone', 'going', 'malformed'),
  label: fc.constantFrom('x', 'yy', 'zzz'),
});

/** A collector's run: what goes wrong in it, what happens meanwhile, and whether it is cut off without a word. */
const run = fc.record({
  deeds: fc.array(fc.array(deed, { maxLength: 5 }), { minLength: 1, maxLength: 6 }),
  troubles: fc.array(fc.constantFrom(...TROUBLES), { maxLength: 30 }),
  pieces: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 }),
  windowMs: fc.constantFrom(1_000, 3_000, 7_000),
  killed: fc.boolean(),
});

describe('after runs of any sort, what was told adds up to a fresh list', () => {
  it.each<[string, readonly string[] | undefined]>([
    ['of the whole cluster', undefined],
    ['of some namespaces', ['shop', 'bank']],
  ])(
    '%s',
    (_, namespaces) => {
      fc.assert(
        fc.property(fc.array(run, { maxLength: 4 }), fc.boolean(), (runs, aggregated) => {
          const clock = fakeClock();
          const cluster = new ModelCluster();
          const told = new Map<string, KeptObject>();
          let points: ResumePoints = {};
          let turn = 0;

          const oneRun = (troubles: Trouble[], pieces: readonly number[] | undefined, windowMs: number) => {
            const server = modelServer({
              cluster,
              kinds: KINDS,
              aggregated,
              trouble: () => troubles.shift() ?? 'none',
              ...(pieces === undefined ? {} : { piece: () => pieces[turn++ % pieces.length] ?? 1 }),
            });
            const streams = scriptedStreams(clock, server);
            const http = fakeHttp(
              () => {
                throw new Error('nothing is sent beside the streams');
              },
              () => streams,
            );
            const random = { fraction: () => 0.4, bytes: () => new Uint8Array() };
            const reflection = reflect(
              { http, clock, random },
              { baseUrl: 'http://api', token: () => '' },
              {
                windowMs,
                requestMs: 500,
                kinds: KINDS,
                ...(namespaces === undefined ? {} : { namespaces }),
                limits: { pageSize: 2, maxStreams: 5, maxLists: 2 },
              },
              points,
            );
            return { reflection, streams };
          };

          for (const { deeds, troubles, pieces, windowMs, killed } of runs) {
            const { reflection, streams } = oneRun([...troubles], pieces, windowMs);
            const ends = clock.monotonic() + windowMs;
            for (const some of deeds) {
              for (const each of some) cluster.do(each);
              const until = Math.min(ends, clock.monotonic() + Math.ceil(windowMs / deeds.length));
              while (clock.monotonic() < until) fold(told, reflection.next(until - clock.monotonic()));
              expect(streams.count).toBeLessThanOrEqual(5);
            }
            // Points that were kept halfway are as good as those at the end.
            if (!killed) points = reflection.resumePoints();
            reflection.close();
            expect(streams.count).toBe(0);
          }

          const { reflection } = oneRun([], undefined, 20_000);
          const ends = clock.monotonic() + 20_000;
          while (clock.monotonic() < ends) fold(told, reflection.next(ends - clock.monotonic()));
          const status = reflection.status();
          expect(status).toMatchObject({ synced: true, settled: true, error: undefined });
          expect(status.warnings).toEqual([...new Set(status.warnings)]);
          expect(sorted(told)).toEqual(sorted(cluster.kept(KINDS, namespaces)));
        }),
        { numRuns: 80 },
      );
      // A second, where nothing else runs.
    },
    60_000,
  );
});
