import { describe, expect, it } from 'vitest';
import { Warnings } from '../../../../src/sources/kubernetes/warnings.ts';

const PROBLEM = 'spec is not an object';

function some() {
  const warnings = new Warnings();
  for (const name of ['shop/a', 'shop/b', 'shop-2/a']) warnings.add('services', name, PROBLEM);
  warnings.add('pods', 'shop/a', PROBLEM);
  warnings.add('namespaces', 'shop', PROBLEM);
  return warnings;
}

describe('Warnings', () => {
  it('name an object once, with what is wrong with it now', () => {
    const warnings = some();
    warnings.add('services', 'shop/a', 'spec.type is odd');
    expect(warnings.named).toEqual([
      'Service shop/a: spec.type is odd',
      `Service shop/b: ${PROBLEM}`,
      `Service shop-2/a: ${PROBLEM}`,
      `Pod shop/a: ${PROBLEM}`,
      `Namespace shop: ${PROBLEM}`,
    ]);
  });

  it('go with their object', () => {
    const warnings = some();
    warnings.remove('services', { namespace: 'shop', name: 'a' });
    warnings.remove('namespaces', { namespace: 'shop', name: 'shop' });
    expect(warnings.named).toEqual([`Service shop/b: ${PROBLEM}`, `Service shop-2/a: ${PROBLEM}`, `Pod shop/a: ${PROBLEM}`]);
  });

  it('go with a kind, or with a namespace of it', () => {
    const warnings = some();
    warnings.clear('services', 'shop');
    warnings.clear('namespaces', 'shop');
    expect(warnings.named).toEqual([`Service shop-2/a: ${PROBLEM}`, `Pod shop/a: ${PROBLEM}`]);
    warnings.clear('services', undefined);
    expect(warnings.named).toEqual([`Pod shop/a: ${PROBLEM}`]);
  });

  it('are counted beyond fifty, for each kind', () => {
    const warnings = new Warnings();
    for (let count = 0; count < 52; count++) warnings.add('pods', `shop/${count}`, PROBLEM);
    warnings.add('services', 'shop/a', PROBLEM);
    expect([warnings.named.length, warnings.omitted]).toEqual([50, 3]);
    warnings.clear('pods', undefined);
    expect([warnings.named.length, warnings.omitted]).toEqual([0, 1]);
  });
});
