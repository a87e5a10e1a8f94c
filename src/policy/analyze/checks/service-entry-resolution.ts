import { type Field, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import { isAddress } from '../address.ts';
import type { Check, Report } from '../check.ts';
import { parseProtocol } from '../protocol.ts';

/** A ServiceEntry’s resolution fits its hosts and endpoints (istio, pkg/config/validation: `ValidateServiceEntry`). */
export const serviceEntryResolution: Check = {
  name: 'service-entry-resolution',
  codes: ['MESH0401'],
  run(view, report) {
    for (const object of view.networking('ServiceEntry')) {
      const { spec } = object;
      const hosts = spec.at('hosts');
      if (hosts.size === 0) report({ object, field: hosts, message: 'The ServiceEntry has no hosts.', fix: 'Add hosts.' });
      if (spec.at('endpoints').size > 0 && spec.at('workloadSelector').exists) {
        const message = 'endpoints and workloadSelector cannot stand side by side.';
        report({ object, field: spec.at('workloadSelector'), message, fix: 'Keep one of them.' });
      }
      checkResolution(object, spec.at('resolution'), report);
      checkPorts(object, spec.at('ports'), report);
    }
  },
};

function checkResolution(object: KubeObject, field: Field, report: Report): void {
  const { spec } = object;
  const resolution = field.text ?? 'NONE';
  const [endpoints, hosts] = [spec.at('endpoints'), spec.at('hosts')];
  const backed = endpoints.size > 0 || spec.at('workloadSelector').exists;
  if (resolution === 'NONE' && endpoints.size > 0) {
    report({
      object,
      field: endpoints,
      message: 'Without resolution (NONE) endpoints are not used.',
      fix: 'Set resolution STATIC or DNS.',
    });
  }
  if (resolution === 'STATIC') {
    if (!backed) {
      report({ object, field, message: 'STATIC needs endpoints, and there are none.', fix: 'Add endpoints, or set resolution DNS.' });
    }
    for (const endpoint of endpoints.items) {
      const address = endpoint.at('address');
      if (address.text === undefined || isAddress(address.text) || address.text.startsWith('unix://')) continue;
      const message = `STATIC takes addresses, and ${quote(address.text)} is a name.`;
      report({ object, field: address, message, fix: 'Set resolution DNS, or write the address.' });
    }
  }
  if (resolution === 'DNS' || resolution === 'DNS_ROUND_ROBIN') {
    for (const host of hosts.items) {
      if (!host.text?.startsWith('*') || endpoints.size > 0) continue;
      const message = `DNS cannot resolve ${quote(host.text)}.`;
      report({ object, field: host, message, fix: 'Write full names, or use resolution NONE or DYNAMIC_DNS.' });
    }
  }
  if (spec.at('addresses').texts.some((address) => address.includes('/')) && resolution !== 'NONE' && resolution !== 'STATIC') {
    const message = `Ranges of addresses cannot stand beside resolution ${resolution}.`;
    report({ object, field: spec.at('addresses'), message, fix: 'Write single addresses, or use NONE or STATIC.' });
  }
}

function checkPorts(object: KubeObject, ports: Field, report: Report): void {
  const names = new Set<string>();
  const numbers = new Set<number>();
  const severalHosts = object.spec.at('hosts').size > 1 && (object.spec.at('resolution').text ?? 'NONE') !== 'NONE';
  for (const port of ports.items) {
    const name = port.at('name').text;
    const { number } = port.at('number');
    if (name === undefined) report({ object, field: port, message: 'The port has no name.', fix: 'Add a name.' });
    else if (names.has(name))
      report({ object, field: port.at('name'), message: `Two ports are called ${quote(name)}.`, fix: 'Rename one.' });
    names.add(name ?? '');
    if (number !== undefined && numbers.has(number)) {
      report({ object, field: port.at('number'), message: `Port ${number} is there twice.`, fix: 'Remove one.' });
    }
    if (number !== undefined) numbers.add(number);
    if (!severalHosts || parseProtocol(port.at('protocol').text) !== 'tcp') continue;
    const message = 'On a TCP port several hosts cannot be told apart.';
    report({ object, field: port.at('protocol'), message, fix: 'Write a ServiceEntry for each host.' });
  }
}
