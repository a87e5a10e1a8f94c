import { type Field, quote, quoteAll } from '../../objects/field.ts';
import type { Check } from '../check.ts';

/** What every installation provides without being told (istio, pkg/config/mesh: `DefaultMeshConfig`). */
const BUILT_IN = ['prometheus', 'stackdriver', 'envoy', 'envoy-json'];

/** The extension providers that Telemetry and CUSTOM policies name are in the mesh’s configuration, where the set shows it. */
export const extensionProvider: Check = {
  name: 'extension-provider',
  codes: ['IST0101'],
  run(view, report) {
    const installations = view.of('IstioOperator', 'install.istio.io');
    if (installations.length === 0) return;
    const providers = installations.flatMap(({ spec }) =>
      spec.at('meshConfig', 'extensionProviders').items.flatMap((provider) => provider.at('name').text ?? []),
    );
    const known = new Set([...BUILT_IN, ...providers]);
    const named = [
      ...view.security('AuthorizationPolicy').map((object) => ({ object, fields: [object.spec.at('provider', 'name')] })),
      ...view.telemetry().map((object) => ({
        object,
        fields: ['tracing', 'metrics', 'accessLogging'].flatMap((signal) => object.spec.at(signal).items.flatMap(providerNames)),
      })),
    ];
    for (const { object, fields } of named) {
      for (const field of fields) {
        if (field.text === undefined || known.has(field.text)) continue;
        const message = `meshConfig.extensionProviders has no ${quote(field.text)}.`;
        report({ object, field, message, fix: `Define it there, or name one of ${quoteAll([...known])}.` });
      }
    }
  },
};

function providerNames(signal: Field): readonly Field[] {
  return signal.at('providers').items.map((provider) => provider.at('name'));
}
