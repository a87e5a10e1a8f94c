import type { Check } from '../check.ts';
import { quote } from '../field.ts';
import { annotationOf, injectedObjects, readPortRanges } from '../linkerd-annotations.ts';
import type { View } from '../view.ts';

const OPAQUE = 'config.linkerd.io/opaque-ports';
const LISTS = ['config.linkerd.io/skip-inbound-ports', 'config.linkerd.io/skip-outbound-ports', OPAQUE];
const IDENTITY = 'config.linkerd.io/proxy-require-identity-inbound-ports';

/** Lists of ports in annotations are ports, ranges such as 8000-8010, and for opaque ports names that a container declares (linkerd2, pkg/util: `ParseContainerOpaquePorts`). */
export const linkerdPortList: Check = {
  name: 'linkerd-port-list',
  codes: ['MESH0904'],
  run(view, report) {
    const declared = new Map(view.linkerd.pods.map(({ workload, ports }) => [workload.object, new Set(ports.map(({ name }) => name))]));
    for (const { object, read } of [...injectedObjects(view), ...services(view)]) {
      const isService = object.kind === 'Service';
      for (const name of isService ? [OPAQUE] : [...LISTS, IDENTITY]) {
        const annotation = read(name);
        if (annotation === undefined) continue;
        const wrong = readPortRanges(annotation.text).words.find(
          (word) => name !== OPAQUE || !mayBeName(object.kind, word, declared.get(object)),
        );
        if (wrong === undefined) continue;
        const rest = name === IDENTITY ? 'so that the whole list counts as empty' : 'and is left out';
        const message = `${quote(wrong)} is no port and no range of them, ${rest}.`;
        report({ object, field: annotation.field, message, fix: 'Write numbers and ranges such as 3306,8000-8010, separated by commas.' });
      }
    }
  },
};

function services(view: View): ReturnType<typeof injectedObjects> {
  return view.of('Service', '').map((object) => ({ object, read: (name: string) => annotationOf(object, name) }));
}

/** A namespace's list is for pods of any ports. */
function mayBeName(kind: string, word: string, declared: ReadonlySet<string | undefined> | undefined): boolean {
  return kind === 'Namespace' ? /^[a-z][a-z0-9-]*$/.test(word) : declared?.has(word) === true;
}
