import { describe, expect, it } from 'vitest';
import { knownPorts, serviceTargets, tcpPorts, workloadTarget } from '../../../../src/mesh/access/target.ts';
import { deployment, service } from '../kept-objects.ts';
import { viewOf, workloadIn } from './support.ts';

const view = viewOf([
  ...deployment('web', {
    labels: { tier: 'front' },
    ports: [
      { containerPort: 8080, name: 'http' },
      { containerPort: 53, protocol: 'UDP', name: 'dns' },
    ],
  }),
  ...deployment('canary', { labels: { tier: 'front' }, ports: [{ containerPort: 9090, name: 'http' }] }),
  ...deployment('other', { labels: { tier: 'front' }, ports: [{ containerPort: 7000, name: 'admin' }] }),
  service(
    'front',
    [
      { port: 80, targetPort: 'http', name: 'http' },
      { port: 53, protocol: 'UDP' },
    ],
    { selector: { tier: 'front' } },
  ),
  service('plain', [{ port: 7070 }], { selector: { app: 'other' } }),
]);

const front = view.services.get('front');
const [http] = front === undefined ? [] : tcpPorts(front);

describe('a port of a Service', () => {
  it('is that of each workload under its name, and none where a workload has no such name', () => {
    if (front === undefined || http === undefined) throw new Error('there is no such Service');
    const targets = serviceTargets(front, http).map(({ workload, port, dialled }) => [workload.name, port, dialled]);
    expect(targets.sort()).toEqual([
      ['canary', 9090, 80],
      ['web', 8080, 80],
    ]);
    expect(serviceTargets(front, http).map(({ called }) => called)).toEqual(['front', 'front']);
  });

  it('that is UDP is none that a mesh carries', () => {
    expect(front && tcpPorts(front).map(({ port }) => port)).toEqual([80]);
  });
});

describe('a port of a workload', () => {
  it('is known where a container declares it or a Service sends there', () => {
    expect(knownPorts(view, workloadIn(view, 'web'))).toEqual([8080]);
    expect(knownPorts(view, workloadIn(view, 'other'))).toEqual([7000, 7070]);
  });

  it('is dialled as it is, and belongs to the Service that leads there', () => {
    expect(workloadTarget(view, workloadIn(view, 'canary'), 9090)).toMatchObject({
      port: 9090,
      dialled: 9090,
      service: { name: 'front' },
      // By its own address, or by whichever Service: nobody says.
      called: undefined,
    });
    expect(workloadTarget(view, workloadIn(view, 'canary'), 9191)).toMatchObject({ port: 9191, service: undefined });
  });
});
