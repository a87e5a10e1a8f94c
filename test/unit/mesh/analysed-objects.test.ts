import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { isObject } from '../../../src/lib/json.ts';
import { analysedObjects } from '../../../src/mesh/analysed-objects.ts';
import { KEPT_KINDS, type KeptObject, objectKey } from '../../../src/mesh/kept.ts';
import { API_KINDS } from '../../../src/mesh/kept-kinds.ts';
import { analyzeObjects } from '../../../src/policy/analyze/analyze.ts';
import { CODES } from '../../../src/policy/analyze/codes.ts';
import { View } from '../../../src/policy/analyze/view.ts';
import { keepItem } from '../../../src/sources/kubernetes/keep.ts';
import { LINKERD_WORLD } from '../policy/analyze/linkerd-world.ts';
import { WORLD } from '../policy/analyze/world.ts';
import { deployment, kept, LINKERD } from './kept-objects.ts';

const DOCS = path.resolve(import.meta.dirname, '../../../docs/analysis');

/** What the collector would keep of manifests; what it does not watch is left out. */
function keptOf(manifests: readonly unknown[]): readonly KeptObject[] {
  return manifests.flatMap((manifest): KeptObject[] => {
    if (!isObject(manifest) || typeof manifest.apiVersion !== 'string') return [];
    const group = manifest.apiVersion.includes('/') ? manifest.apiVersion.split('/')[0] : '';
    const kind = KEPT_KINDS.find((each) => API_KINDS[each].group === group && API_KINDS[each].kind === manifest.kind);
    const place = kind === 'namespaces' ? {} : { namespace: 'default' };
    const metadata = { ...place, ...(isObject(manifest.metadata) ? manifest.metadata : {}) };
    const item = kind === undefined ? undefined : keepItem(kind, { ...manifest, metadata });
    return item?.tag === 'kept' ? [item.object] : [];
  });
}

const KINDS = new Set(KEPT_KINDS.map((kind) => `${API_KINDS[kind].group}/${API_KINDS[kind].kind}`));

/** The analysis of a cluster that holds these manifests and nothing else. */
function analysisOf(manifests: readonly unknown[]) {
  const objects = [...new Map(keptOf(manifests).map((object) => [objectKey(object), object])).values()];
  const namespaces = new Set(objects.map(({ namespace }) => namespace));
  return analyzeObjects(analysedObjects(objects), [], { complete: true, extent: { namespaces, whole: namespaces, kinds: KINDS } });
}

/** Codes that no cluster can give, and why. */
const NOT_IN_A_CLUSTER: ReadonlyMap<string, string> = new Map([
  ...['IST0151', 'IST0152', 'IST0153', 'IST0154', 'MESH0601'].map((code) => [code, 'EnvoyFilters are not kept'] as const),
  ...['MESH0001', 'MESH0002'].map((code) => [code, 'the API server keeps what it has checked'] as const),
  ['IST0002', 'an object is served in every version'],
  ['MESH0005', 'an object is served in every version; the example is about one'],
  ['MESH0003', 'there is one object of a name'],
  ['IST0161', 'Secrets are not kept'],
  ['IST0118', 'it is for namespaces that ask for Istio; the example shows no such thing'],
]);

describe('what is kept of a cluster', () => {
  it('gives no finding where there is no mistake', () => {
    expect(analysisOf([...WORLD, ...LINKERD_WORLD]).findings).toEqual([]);
  });

  it.each(Object.keys(CODES))('shows %s as manifests do, or not at all', (code) => {
    const page = readFileSync(path.join(DOCS, `${code}.md`), 'utf8');
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const manifests = parseAllDocuments(example).map((document) => document.toJS());
    const found = analysisOf(manifests).findings.some((finding) => finding.code === code);
    expect(found).toBe(!NOT_IN_A_CLUSTER.has(code));
  });

  it('has pods of their own where their workload is not kept, and no others', () => {
    const [workload, replicaSet, ...pods] = deployment('web', { pods: 2, injected: LINKERD });
    const names = (objects: readonly (KeptObject | undefined)[]) => {
      const analysed = analysedObjects(objects.filter((object) => object !== undefined));
      return new View(analysed, {}).workloads.all.map(({ object, name }) => `${object.kind}/${name}`);
    };
    expect(names([workload, replicaSet, ...pods])).toEqual(['Deployment/web']);
    // The name of the Deployment is told by its ReplicaSet alone.
    expect(names([replicaSet, ...pods])).toEqual(['Pod/web-abc-0', 'Pod/web-abc-1']);
    expect(names([kept('pods', 'alone')])).toEqual(['Pod/alone']);
  });

  it('names a Namespace without a namespace, and marks what is only referred to', () => {
    const [namespace] = analysedObjects([kept('namespaces', 'shop', { labels: { a: 'b' } })], true);
    expect(namespace).toMatchObject({ namespace: '', name: 'shop', context: true, reference: { kind: 'Namespace', namespace: '' } });
    expect(namespace?.root.at('metadata', 'labels', 'a').value).toBe('b');
  });

  it('does not depend on the order of the objects', () => {
    const objects = keptOf([...WORLD, ...LINKERD_WORLD]);
    const keys = (all: readonly KeptObject[]) =>
      analysedObjects(all).map(({ kind, group, namespace, name }) => [kind, group, namespace, name]);
    fc.assert(
      fc.property(fc.shuffledSubarray([...objects], { minLength: objects.length }), (shuffled) => {
        expect(keys(shuffled)).toEqual(keys(objects));
      }),
      { numRuns: 20 },
    );
  });

  it('has a page for each code that is looked at here', () => {
    const pages = readdirSync(DOCS).map((file) => file.replace('.md', ''));
    for (const code of NOT_IN_A_CLUSTER.keys()) expect(pages).toContain(code);
  });
});
