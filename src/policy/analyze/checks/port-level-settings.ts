import type { Field } from '../../objects/field.ts';
import type { Check } from '../check.ts';

/** What a port can set for itself. */
const SETTINGS = ['connectionPool', 'loadBalancer', 'outlierDetection', 'tls'];

/**
 * A port with settings of its own has all that its DestinationRule sets for the others: Istio takes nothing over, and what is not there has its default
 * (istio, pilot/pkg/networking/util/util.go: `GetPortLevelTrafficPolicy`).
 */
export const portLevelSettings: Check = {
  name: 'port-level-settings',
  codes: ['MESH0205'],
  run(view, report) {
    for (const { object, subsets } of view.rules.all) {
      const policies: readonly Field[] = [object.spec.at('trafficPolicy'), ...subsets.map(({ field }) => field.at('trafficPolicy'))];
      for (const policy of policies) {
        const outer = SETTINGS.filter((setting) => policy.at(setting).exists);
        if (outer.length === 0) continue;
        for (const field of policy.at('portLevelSettings').items) {
          const dropped = outer.filter((setting) => !field.at(setting).exists);
          if (dropped.length === 0) continue;
          const port = field.at('port', 'number').number;
          const message = `${dropped.join(', ')} of the trafficPolicy ${dropped.length === 1 ? 'does' : 'do'} not hold for ${port === undefined ? 'this port' : `port ${port}`}: it has settings of its own.`;
          report({ object, field, message, fix: 'Repeat them under the port, unless their defaults are meant.' });
        }
      }
    }
  },
};
