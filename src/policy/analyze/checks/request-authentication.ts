import { isObject } from '../../../lib/json.ts';
import { type Field, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';

const HTTP_URL = /^https?:\/\/[^/\s]+/;

/** Members of a JSON Web Key that only its owner may know. */
const PRIVATE = ['d', 'k', 'p', 'q'];

/** Every JWT rule says whose tokens it takes and with which keys it checks them (istio, pkg/config/validation: `validateJwtRule`). */
export const requestAuthentication: Check = {
  name: 'request-authentication',
  codes: ['MESH0504'],
  run(view, report) {
    for (const object of view.security('RequestAuthentication')) {
      const rules = object.spec.at('jwtRules');
      if (rules.size === 0) {
        report({ object, field: rules, message: 'Without jwtRules no token is checked.', fix: 'Add a rule.', severity: 'warning' });
      }
      for (const rule of rules.items) checkRule(object, rule, report);
    }
  },
};

function checkRule(object: KubeObject, rule: Field, report: Report): void {
  const [issuer, uri, keys] = [rule.at('issuer'), rule.at('jwksUri'), rule.at('jwks')];
  const hasKeys = uri.text !== undefined || keys.text !== undefined || rule.at('jwks_uri').text !== undefined;
  if (issuer.text === undefined) {
    const message = hasKeys ? 'Without an issuer every token that these keys signed is taken.' : 'The rule has neither issuer nor jwksUri.';
    report({ object, field: issuer, message, fix: 'Add issuer, the iss of the tokens.', severity: hasKeys ? 'warning' : 'error' });
  } else if (!hasKeys && !HTTP_URL.test(issuer.text)) {
    const message = `Keys are found at the issuer’s URL, and ${quote(issuer.text)} is none.`;
    report({ object, field: rule.at('jwksUri'), message, fix: 'Add jwksUri or jwks.' });
  }
  if (uri.text !== undefined && keys.text !== undefined) {
    report({
      object,
      field: keys,
      message: 'jwks and jwksUri cannot stand side by side.',
      fix: 'Keep jwksUri, so that keys can be changed.',
    });
  }
  if (uri.text !== undefined && !HTTP_URL.test(uri.text)) {
    report({ object, field: uri, message: `${quote(uri.text)} is no URL of http or https.`, fix: 'Write the URL of the key set.' });
  } else if (uri.text?.startsWith('http://') === true && !/^http:\/\/[^/:]+\.(?:svc|local)\b|^http:\/\/[^./:]+[:/]/.test(uri.text)) {
    const message = 'Keys that come over plain HTTP can be exchanged on the way.';
    report({ object, field: uri, message, fix: 'Use https.', severity: 'warning' });
  }
  if (keys.text !== undefined) checkKeys(object, keys, keys.text, report);
}

function checkKeys(object: KubeObject, field: Field, text: string, report: Report): void {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    report({ object, field, message: 'jwks is no JSON.', fix: 'Write {"keys": [...]}.' });
    return;
  }
  const keys = isObject(set) && Array.isArray(set.keys) ? set.keys : undefined;
  if (keys === undefined || keys.length === 0) {
    report({ object, field, message: 'jwks holds no keys.', fix: 'Write {"keys": [...]}.' });
  } else if (keys.some((key) => isObject(key) && PRIVATE.some((member) => Object.hasOwn(key, member)))) {
    const message = 'jwks holds a private or a shared key: whoever reads this object can make tokens.';
    report({ object, field, message, fix: 'Keep public keys only, and replace this key.' });
  }
}
