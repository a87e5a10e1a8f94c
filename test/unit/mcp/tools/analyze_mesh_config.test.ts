import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../../../src/access/principal.ts';
import { memoryKeyValue } from '../../../../src/adapters/memory/keyvalue.ts';
import { parseConfig } from '../../../../src/config.ts';
import { MeshError } from '../../../../src/lib/errors.ts';
import { analyzeMeshConfig } from '../../../../src/mcp/tools/analyze_mesh_config.ts';
import type { KeptObject } from '../../../../src/mesh/kept.ts';
import { demoWorld } from '../../../support/demo-world.ts';
import { SMALL_MESH, withObjects } from '../../../support/graph-meshes.ts';
import { GraphWorld, type Mesh, worldOf } from '../../../support/graph-world.ts';
import { ADMIN } from '../../../support/principals.ts';
import { deployment, kept, server, service, spec } from '../../mesh/kept-objects.ts';
import { watched } from '../../store/graph/support/store.ts';

interface Row {
  readonly severity: string;
  readonly code: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly field: string;
  readonly message: string;
  readonly fix: string;
}

interface Structured {
  readonly namespaces: readonly string[];
  readonly objects: number;
  readonly totals: Readonly<Record<'error' | 'warning' | 'info', number>>;
  readonly suppressed: number;
  readonly findings: readonly Row[];
  readonly nextCursor?: string;
  readonly notes: readonly string[];
}

const small = worldOf(SMALL_MESH);
const ask = (args: object = {}, world = small) => world.call<Structured>(analyzeMeshConfig, args);
const lines = (rows: readonly Row[]) =>
  rows.map(({ severity, code, kind, namespace, name, field }) => `${severity} ${code} ${kind} ${namespace}/${name} ${field}`);

function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof MeshError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** All findings, page by page. */
function allPages(args: object, world = small): readonly Row[] {
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const { structured } = ask({ ...args, ...(cursor === undefined ? {} : { cursor }) }, world);
    rows.push(...structured.findings);
    cursor = structured.nextCursor;
  } while (cursor !== undefined && rows.length < 1_000);
  return rows;
}

/** The tool as a caller with the role viewer in some namespaces sees it. */
function askAs(
  namespaces: Principal['grants'][number]['namespaces'],
  args: object,
  world = small,
): { text: string; structured: Structured } {
  const principal: Principal = { ...ADMIN, grants: [{ role: 'viewer', namespaces }] };
  const config = parseConfig({ get: () => undefined });
  const { text, structured } = analyzeMeshConfig.call(args, { ports: world.ports, config, principal, progress: () => {} });
  // It fits the tool's output schema, of which this is the type.
  return { text, structured: structured as unknown as Structured };
}

describe('analyze_mesh_config', () => {
  it('finds exactly what is wrong in the demo cluster', () => {
    const { ports, config } = demoWorld();
    const { structured } = analyzeMeshConfig.call({}, { ports, config, principal: ADMIN, progress: () => {} });
    // It fits the tool's output schema, of which this is the type.
    const { findings, totals } = structured as unknown as Structured;
    expect(lines(findings)).toEqual([
      'error IST0101 VirtualService bank/statements spec.http[0].route[0].destination.subset',
      'warning MESH0505 RequestAuthentication bank/portal-login spec.jwtRules',
      'info IST0118 Service bank/ledger-db spec.ports[0]',
      'error MESH0702 AuthorizationPolicy shop/catalog-admin spec.requiredAuthenticationRefs[0].name',
      'warning MESH0907 Deployment shop/payments spec',
      'warning MESH0005 ServerAuthorization shop/web-public kind',
    ]);
    expect(totals).toEqual({ error: 2, warning: 3, info: 1 });
  });

  it('finds what is wrong in a namespace, and says it in words', () => {
    const { text, structured } = ask({ namespace: 'shop' });
    expect(lines(structured.findings)).toEqual([
      'error MESH0702 AuthorizationPolicy shop/payments-callers spec.requiredAuthenticationRefs[0].name',
      'error MESH0801 HTTPRoute shop/checkout spec.rules[0].backendRefs[1].name',
      'warning MESH0907 Deployment shop/reports spec',
    ]);
    expect(structured).toMatchObject({ namespaces: ['shop'], totals: { error: 2, warning: 1, info: 0 }, suppressed: 0 });
    expect(text).toContain('of namespace shop judged: 2 errors, 1 warning, 0 worth knowing.');
    expect(text).toContain(
      [
        'error MESH0801 HTTPRoute shop/checkout spec.rules[0].backendRefs[1].name',
        '  There is no Service "checkout-canary" in namespace "shop". Correct the name, or add the Service.',
      ].join('\n'),
    );
  });

  it('tells no less than what was asked for', () => {
    expect(lines(ask({ namespace: 'shop', severity: 'error' }).structured.findings)).toHaveLength(2);
    expect(ask({ namespace: 'shop', severity: 'error' }).structured.totals.warning).toBe(1);
  });

  it('counts what an annotation switches off', () => {
    const quiet: KeptObject = {
      ...kept('linkerdAuthorizationPolicies', 'payments-callers', { annotations: { 'galley.istio.io/analyze-suppress': 'MESH0702' } }),
      spec: {
        targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'payments-http' },
        requiredAuthenticationRefs: [{ kind: 'Secret', name: 'x' }],
      },
    };
    const { text, structured } = ask({ namespace: 'shop' }, worldOf(withObjects(SMALL_MESH, quiet)));
    expect(structured).toMatchObject({ suppressed: 1, totals: { error: 1 } });
    expect(text).toContain('1 switched off by annotations');
  });

  it('names namespaces that are alike where there is none', () => {
    expect(refusal(() => ask({ namespace: 'shopp' }))).toBe('invalid: There is no namespace "shopp" in the graph. Did you mean "shop"?');
  });

  it('gives the same in pages of any size', () => {
    const whole = ask({ limit: 100 }).structured;
    expect(whole.nextCursor).toBeUndefined();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.constantFrom({}, { namespace: 'shop' }, { severity: 'warning' }), (limit, query) => {
        const { findings } = ask({ ...query, limit: 100 }).structured;
        expect(lines(allPages({ ...query, limit }))).toEqual(lines(findings));
      }),
      { numRuns: 15 },
    );
  });

  it('goes on after what was given last, though it is gone', () => {
    const world = worldOf(SMALL_MESH);
    const { nextCursor: cursor } = ask({ namespace: 'shop', limit: 1 }, world).structured;
    world.publish({ ...SMALL_MESH, objects: SMALL_MESH.objects.filter(({ name }) => name !== 'payments-callers') });
    expect(lines(ask({ namespace: 'shop', limit: 1, cursor }, world).structured.findings)).toEqual([
      'error MESH0801 HTTPRoute shop/checkout spec.rules[0].backendRefs[1].name',
    ]);
  });

  it('takes no cursor of another query', () => {
    const { nextCursor: cursor } = ask({ namespace: 'shop', limit: 1 }).structured;
    expect(refusal(() => ask({ namespace: 'shop', severity: 'error', limit: 1, cursor }))).toMatch(/^invalid: cursor: /);
    expect(refusal(() => ask({ cursor: 'shop/1/x.0123456789abcdef' }))).toMatch(/^invalid: cursor: /);
  });

  it('stays within the size of an answer, and gives the rest in further pages', () => {
    const broken = Array.from({ length: 60 }, (_, index) => server(`server-${String(index).padStart(2, '0')}`, 'nothing'));
    const world = worldOf({ objects: [...SMALL_MESH.objects, ...broken] }, { options: { MAX_ANSWER_CHARACTERS: '4000' } });
    const first = ask({ namespace: 'shop', limit: 100 }, world).structured;
    expect(first.notes).toContain('The answer reached its size limit.');
    // Each selects nothing, and lets nobody in.
    expect(allPages({ namespace: 'shop', limit: 100 }, world)).toHaveLength(3 + 2 * 60);
  });
});

describe('the cost', () => {
  const village = (name: string): readonly KeptObject[] =>
    [kept('namespaces', name), ...deployment('app'), service('app'), spec('linkerdServers', 'app', { podSelector: {}, port: 80 })].map(
      (object) => ({ ...object, namespace: name }),
    );
  const meshOf = (count: number): Mesh => ({
    objects: Array.from({ length: count }, (_, index) => village(`v${String(index).padStart(3, '0')}`)).flat(),
  });

  /** How many bytes of the store a question takes. */
  function bytesOf(args: object, count: number): number {
    const { store, operations } = watched(memoryKeyValue());
    const world = worldOf(meshOf(count), { keyvalue: store });
    operations.length = 0;
    ask(args, world);
    return operations.filter(({ name }) => name === 'get' || name === 'getMany').reduce((sum, { bytes }) => sum + bytes, 0);
  }

  it('of a namespace hardly grows with the mesh', () => {
    // The index of namespaces is read, of which each takes a few bytes.
    expect(bytesOf({ namespace: 'v001' }, 200)).toBeLessThan(bytesOf({ namespace: 'v001' }, 20) * 4);
  });

  it('of a page is that of a few namespaces', () => {
    const world = worldOf(meshOf(50));
    const { structured } = ask({}, world);
    expect(structured.namespaces).toHaveLength(8);
    expect(structured.nextCursor).toBeDefined();
    expect(new Set(allPages({}, world).map(({ namespace }) => namespace)).size).toBe(50);
  });

  it('ends also where no namespace has a finding', () => {
    const quiet: Mesh = { objects: Array.from({ length: 30 }, (_, index) => kept('namespaces', `v${index}`, { namespace: `v${index}` })) };
    expect(allPages({}, worldOf(quiet))).toEqual([]);
  });
});

describe('what is not in the graph', () => {
  const route = spec('httpRoutes', 'away', {
    parentRefs: [{ group: '', kind: 'Service', name: 'web', namespace: 'nowhere' }],
    rules: [],
  });
  const about = ({ structured }: { structured: Structured }) =>
    structured.findings.filter(({ name }) => name === 'away').map(({ code }) => code);

  it('does not exist where all namespaces are read', () => {
    expect(about(ask({ namespace: 'shop' }, worldOf(withObjects(SMALL_MESH, route))))).toEqual(['MESH0802']);
  });

  it('may exist where only some are', () => {
    const options = { NAMESPACES: 'shop,bank,legacy' };
    expect(about(ask({ namespace: 'shop' }, worldOf(withObjects(SMALL_MESH, route), { options })))).toEqual([]);
  });

  it('may exist where its kind could not be read', () => {
    const world = new GraphWorld();
    world.publish(SMALL_MESH, { unread: ['linkerdMeshTlsAuthentications'] });
    expect(lines(ask({ namespace: 'shop' }, world).structured.findings)).toEqual([
      'error MESH0801 HTTPRoute shop/checkout spec.rules[0].backendRefs[1].name',
      'warning MESH0907 Deployment shop/reports spec',
    ]);
  });
});

describe('who asks', () => {
  it('is refused a namespace that they may not view', () => {
    expect(refusal(() => askAs(['bank'], { namespace: 'shop' }))).toBe(
      'denied: You may not view namespace "shop". Ask for the role viewer there.',
    );
  });

  it('is told of others that there are', () => {
    const { structured, text } = askAs(['shop'], {});
    expect(structured.namespaces).toEqual(['shop']);
    expect(text).toContain('2 namespaces that you may not view were left out.');
  });

  it('learns nothing of others through what refers to them', () => {
    const far = { group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', namespace: 'bank', name: 'nobody' };
    const policy = spec('linkerdAuthorizationPolicies', 'far', {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'orders-http' },
      requiredAuthenticationRefs: [far],
    });
    const world = worldOf(withObjects(SMALL_MESH, policy));
    const about = ({ structured }: { structured: Structured }) =>
      structured.findings.filter(({ name }) => name === 'far').map(({ code }) => code);
    expect(about(askAs('*', { namespace: 'shop' }, world))).toEqual(['MESH0702']);
    const limited = askAs(['shop'], { namespace: 'shop' }, world);
    expect(about(limited)).toEqual([]);
    expect(limited.structured.notes).toContain('Not looked into, so that what refers to it was not judged: bank.');
  });
});
