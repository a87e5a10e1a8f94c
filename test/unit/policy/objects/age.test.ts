import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareAge, isPlanned } from '../../../../src/policy/objects/age.ts';
import { type KubeObject, readObjects } from '../../../../src/policy/objects/kube-object.ts';

const objects = fc
  .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,3}$/), fc.option(fc.integer({ min: 0, max: 5 }))), { selector: ([name]) => name })
  .map((all) =>
    readObjects(
      all.map(([name, age]) => {
        const created = age === null ? {} : { creationTimestamp: new Date(1_700_000_000_000 + age * 1000).toISOString() };
        return { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'shop', name, ...created } };
      }),
    ),
  );

const createdOf = ({ root }: KubeObject) => root.at('metadata', 'creationTimestamp').text;

it('is the oldest first, then those that are planned, each by name', () => {
  fc.assert(
    fc.property(objects, (all) => {
      const ranks = all.toSorted(compareAge).map((object) => `${createdOf(object) ?? 'later'} ${object.name}`);
      expect(ranks).toEqual(ranks.toSorted());
      for (const object of all) expect(isPlanned(object)).toBe(createdOf(object) === undefined);
    }),
  );
});
