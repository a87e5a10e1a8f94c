import { quote } from '../../objects/field.ts';
import { OPAQUE_PORTS, REQUIRE_IDENTITY_PORTS, SKIP_INBOUND_PORTS, SKIP_OUTBOUND_PORTS } from '../../objects/linkerd-words.ts';
import { parsePortList } from '../../objects/port-list.ts';
import type { Check } from '../check.ts';
import { annotationOf, injectedObjects } from '../linkerd-annotations.ts';
import type { View } from '../view.ts';

const LISTS = [SKIP_INBOUND_PORTS, SKIP_OUTBOUND_PORTS, OPAQUE_PORTS, REQUIRE_IDENTITY_PORTS];

/** Lists of ports in annotations are ports, ranges such as 8000-8010, and for opaque ports names that a container declares (linkerd2, pkg/util: `ParseContainerOpaquePorts`). */
export const linkerdPortList: Check = {
  name: 'linkerd-port-list',
  codes: ['MESH0904'],
  run(view, report) {
    const declared = new Map(view.linkerd.pods.map(({ workload, ports }) => [workload.object, new Set(ports.map(({ name }) => name))]));
    for (const { object, read } of [...injectedObjects(view), ...services(view)]) {
      const isService = object.kind === 'Service';
      for (const name of isService ? [OPAQUE_PORTS] : LISTS) {
        const annotation = read(name);
        if (annotation === undefined) continue;
        const wrong = parsePortList(annotation.text).names.find(
          (word) => name !== OPAQUE_PORTS || !mayBeName(object.kind, word, declared.get(object)),
        );
        if (wrong === undefined) continue;
        const rest = name === REQUIRE_IDENTITY_PORTS ? 'so that the whole list counts as empty' : 'and is left out';
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
