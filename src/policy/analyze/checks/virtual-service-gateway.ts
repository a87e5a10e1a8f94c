import { quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';
import { gatewayNames, MESH } from '../routes.ts';
import type { View } from '../view.ts';

/** Every gateway that a VirtualService is bound to exists. */
export const virtualServiceGateway: Check = {
  name: 'virtual-service-gateway',
  codes: ['IST0101'],
  run(view, report) {
    const namespaceOf = new Map(view.networking('Gateway').map(({ name, namespace }) => [name, namespace]));
    for (const object of view.networking('VirtualService')) {
      for (const { field, text, qualified } of gatewayNames(object.spec.at('gateways'), object.namespace)) {
        if (qualified === MESH || findGateway(view, qualified) !== undefined || mayExist(view, qualified)) continue;
        const message = `There is no Gateway ${quote(qualified)}.`;
        const elsewhere = text.includes('/') ? undefined : namespaceOf.get(text);
        const fix =
          elsewhere === undefined
            ? 'Correct the name (namespace/name for one of another namespace), or add the Gateway.'
            : `One of that name is in another namespace: write ${quote(`${elsewhere}/${text}`)}.`;
        report({ object, field, message, fix });
      }
    }
  },
};

/** Whether the set is out of a cluster and would not show it. */
function mayExist(view: View, qualified: string): boolean {
  const [namespace = ''] = qualified.split('/');
  if (view.extent === undefined) return false;
  return !view.holdsAll(namespace) || !view.knows('Gateway', 'networking.istio.io') || !view.knows('Gateway', 'gateway.networking.k8s.io');
}

function findGateway(view: View, qualified: string): KubeObject | undefined {
  const [namespace = '', name = ''] = qualified.split('/');
  return view.find('Gateway', 'networking.istio.io', namespace, name) ?? view.find('Gateway', 'gateway.networking.k8s.io', namespace, name);
}
