import type { Field } from '../../objects/field.ts';
import type { Check } from '../check.ts';
import { type DestinationRule, trafficPolicies } from '../destination-rules.ts';
import { KINDS } from '../shapes.ts';

/** Fields of an HTTP rule. */
const HTTP: readonly (readonly [path: readonly string[], instead: string])[] = [
  [['mirrorPercent'], 'mirrorPercentage'],
  [['mirror_percent'], 'mirrorPercentage'],
  [['fault', 'delay', 'percent'], 'fault.delay.percentage'],
  [['corsPolicy', 'allowOrigin'], 'corsPolicy.allowOrigins'],
];

/** Fields of a traffic policy. */
const TRAFFIC: typeof HTTP = [
  [['outlierDetection', 'consecutiveErrors'], 'consecutive5xxErrors or consecutiveGatewayErrors'],
  [['loadBalancer', 'consistentHash', 'minimumRingSize'], 'consistentHash.ringHash.minimumRingSize'],
  [['loadBalancer', 'warmupDurationSecs'], 'loadBalancer.warmup.duration'],
];

/** Istio objects use the current version of their API, and none of the fields that it only keeps for old ones. */
export const deprecated: Check = {
  name: 'deprecated',
  codes: ['IST0002'],
  run(view, report) {
    // The API server serves an object in any version that there is.
    for (const object of view.extent === undefined ? view.objects : []) {
      const kind = KINDS.get(object.kind);
      if (kind === undefined || kind.group !== object.group || object.version === 'v1' || !kind.versions.includes('v1')) continue;
      report({ object, field: 'apiVersion', message: `${object.group}/v1 replaces ${object.version}.`, fix: `Write ${object.group}/v1.` });
    }
    for (const object of view.networking('VirtualService')) {
      for (const rule of object.spec.at('http').items) {
        for (const { field, instead } of oldFields(rule, HTTP)) {
          report({ object, field, message: `${instead} replaces it.`, fix: `Write ${instead}.` });
        }
      }
    }
    for (const rule of view.rules.all) {
      for (const { field, instead } of oldPolicies(rule)) {
        report({ object: rule.object, field, message: `${instead} replaces it.`, fix: `Write ${instead}.` });
      }
    }
    for (const object of view.security('RequestAuthentication')) {
      for (const rule of object.spec.at('jwtRules').items) {
        if (!rule.at('jwks_uri').exists) continue;
        report({ object, field: rule.at('jwks_uri'), message: 'jwksUri replaces it.', fix: 'Write jwksUri.' });
      }
    }
  },
};

function oldFields(parent: Field, table: typeof HTTP): readonly { readonly field: Field; readonly instead: string }[] {
  return table.flatMap(([path, instead]) => {
    const field = parent.at(...path);
    return field.exists ? [{ field, instead }] : [];
  });
}

function oldPolicies(rule: DestinationRule): readonly { readonly field: Field; readonly instead: string }[] {
  return trafficPolicies(rule).flatMap(({ field }) => {
    const simple = field.at('loadBalancer', 'simple');
    const least = simple.value === 'LEAST_CONN' ? [{ field: simple, instead: 'LEAST_REQUEST' }] : [];
    return [...oldFields(field, TRAFFIC), ...least];
  });
}
