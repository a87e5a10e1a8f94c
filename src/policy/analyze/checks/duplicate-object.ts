import { groupBy } from '../../../lib/group.ts';
import type { Check } from '../check.ts';

/** No object is in the set twice: applied one after the other, the last one wins. */
export const duplicateObject: Check = {
  name: 'duplicate-object',
  codes: ['MESH0003'],
  run(view, report) {
    // What has only generateName gets a name of its own each time.
    const named = view.objects.filter(({ root }) => root.at('metadata', 'name').text !== undefined);
    for (const group of groupBy(named, ({ group, kind, namespace, name }) => `${group}/${kind}/${namespace}/${name}`).values()) {
      const [first] = group;
      if (group.length < 2 || first === undefined) continue;
      const message = `The set holds ${group.length} objects of this kind, namespace and name; the last one applied wins.`;
      report({ object: first, field: 'metadata.name', message, fix: 'Rename or remove all but one.' });
    }
  },
};
