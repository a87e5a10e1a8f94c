import { selectionOf } from '../../objects/selection.ts';
import type { Check } from '../check.ts';

const KINDS: readonly (readonly [kind: string, group: string])[] = [
  ['AuthorizationPolicy', 'security.istio.io'],
  ['RequestAuthentication', 'security.istio.io'],
  ['Telemetry', 'telemetry.istio.io'],
  ['WasmPlugin', 'extensions.istio.io'],
  ['EnvoyFilter', 'networking.istio.io'],
];

/** A policy says in one way what it is for: by selector, or by what it attaches to. */
export const selectorAndTargets: Check = {
  name: 'selector-and-targets',
  codes: ['MESH0502'],
  run(view, report) {
    for (const object of KINDS.flatMap(([kind, group]) => view.of(kind, group))) {
      const single = object.spec.at('targetRef').exists;
      const several = object.spec.at('targetRefs').size > 0;
      const selection = selectionOf(object);
      if (selection !== undefined && (single || several)) {
        const message = 'A selector and targetRefs cannot stand side by side.';
        report({
          object,
          field: selection.field,
          message,
          fix: 'Use targetRefs for waypoints and Kubernetes Gateways, else the selector.',
        });
      } else if (single && several) {
        const message = 'targetRef and targetRefs cannot stand side by side.';
        report({ object, field: object.spec.at('targetRef'), message, fix: 'Keep targetRefs.' });
      }
    }
  },
};
