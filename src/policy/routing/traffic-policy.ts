import { Field } from '../objects/field.ts';
import type { EffectivePolicy, LoadBalancer, Locality } from './answer.ts';
import type { MergedRule } from './destination-rules.ts';
import { type Fraction, percentage } from './fraction.ts';
import { plainObject } from './plain.ts';

/** The parts of a policy that are replaced one by one. */
const PARTS = ['loadBalancer', 'connectionPool', 'outlierDetection', 'tls'] as const;
type Part = (typeof PARTS)[number];

const NOTHING = new Field(undefined);

/** The policy of a rule for one port of its host, the subset's own part first. */
export function effectivePolicy(rule: MergedRule | undefined, subset: Field | undefined, port: number): EffectivePolicy {
  const general = rule?.trafficPolicy ?? NOTHING;
  const special = subset?.at('trafficPolicy') ?? NOTHING;
  const part = (name: Part) => partOf(name, general, special, port);
  const outlierDetection = plainObject(part('outlierDetection'));
  const tls = part('tls');
  return {
    rule: rule?.object.reference,
    loadBalancer: loadBalancerOf(part('loadBalancer'), outlierDetection !== undefined),
    connectionPool: plainObject(part('connectionPool')),
    outlierDetection,
    // In Istio's message the first mode is the one that is meant where none is given.
    tls: tls.exists ? { mode: tls.at('mode').text ?? 'DISABLE', sni: tls.at('sni').text } : { mode: 'AUTO' },
  };
}

/**
 * One part, from the subset's settings for the port, else the subset's, else the rule's for the port, else the rule's. Settings for a port take nothing over from
 * the level that they replace: what they leave out has Istio's default (istio, pilot/pkg/networking/util: `MergeSubsetTrafficPolicy`).
 */
function partOf(name: Part, general: Field, special: Field, port: number): Field {
  const specialPort = portLevel(special, port);
  if (specialPort !== undefined) return specialPort.at(name);
  const own = special.at(name);
  return own.exists ? own : (portLevel(general, port) ?? general).at(name);
}

function portLevel(policy: Field, port: number): Field | undefined {
  return policy.at('portLevelSettings').items.find((settings) => settings.at('port', 'number').value === port);
}

/** What Istio balances by where nobody says otherwise. */
const DEFAULT_ALGORITHM = 'LEAST_REQUEST';

function loadBalancerOf(settings: Field, detectsOutliers: boolean): LoadBalancer {
  const consistentHash = plainObject(settings.at('consistentHash'));
  const simple = settings.at('simple').text;
  const named = simple === undefined || simple === 'UNSPECIFIED' || simple === 'LEAST_CONN' ? DEFAULT_ALGORITHM : simple;
  return {
    algorithm: consistentHash === undefined ? named : 'CONSISTENT_HASH',
    consistentHash,
    locality: localityOf(settings.at('localityLbSetting'), detectsOutliers),
  };
}

/** istio, pilot/pkg/networking/core/loadbalancer: `ApplyLocalityLoadBalancer`. */
function localityOf(setting: Field, detectsOutliers: boolean): Locality | undefined {
  if (!setting.exists || setting.at('enabled').value === false) return undefined;
  const distribute = setting.at('distribute').items;
  if (distribute.length > 0) {
    return {
      tag: 'distribute',
      rules: distribute.map((rule) => ({ from: rule.at('from').text ?? '', to: localityShares(rule.at('to')) })),
    };
  }
  const rules = setting.at('failover').items.map((rule) => ({ from: rule.at('from').text ?? '', to: rule.at('to').text ?? '' }));
  return { tag: 'failover', active: detectsOutliers, rules };
}

function localityShares(to: Field): Readonly<Record<string, Fraction>> {
  return Object.fromEntries(
    to.entries.flatMap(([locality, { number }]) => {
      const share = number === undefined ? undefined : percentage(number);
      return share === undefined ? [] : [[locality, share]];
    }),
  );
}
