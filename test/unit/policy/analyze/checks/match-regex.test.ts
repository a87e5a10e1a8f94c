import { matchRegex } from '../../../../../src/policy/analyze/checks/match-regex.ts';
import { describeCheck } from '../describe-check.ts';
import { to, virtualService, worldWith } from '../world.ts';

const M = (match: unknown) => ({ match: [match], route: [to('web')] });

describeCheck(matchRegex, [
  [
    'looking ahead',
    worldWith(virtualService('web', { hosts: ['web'], http: [M({ uri: { regex: '/(?!admin).*' } })] })),
    ['error MESH0108 VirtualService shop/web spec.http[0].match[0].uri.regex'],
  ],
  [
    'a back-reference',
    worldWith(virtualService('web', { hosts: ['web'], http: [M({ queryParams: { q: { regex: '(a)\\1' } } })] })),
    ['error MESH0108 VirtualService shop/web spec.http[0].match[0].queryParams.q.regex'],
  ],
  [
    'escaped, they mean nothing',
    worldWith(virtualService('web', { hosts: ['web'], http: [M({ queryParams: { q: { regex: '\\\\1\\(?=' } } })] })),
    [],
  ],
  [
    'an open bracket',
    worldWith(virtualService('web', { hosts: ['web'], http: [M({ headers: { 'x-a': { regex: '(a|b' } } })] })),
    ['error MESH0108 VirtualService shop/web spec.http[0].match[0].headers["x-a"].regex'],
  ],
  [
    'a part of the User-Agent',
    worldWith(virtualService('web', { hosts: ['web'], http: [M({ headers: { 'User-Agent': { regex: 'iPhone|Android' } } })] })),
    ['warning MESH0108 VirtualService shop/web spec.http[0].match[0].headers["User-Agent"].regex'],
  ],
  [
    'RE2’s own notation',
    worldWith(
      virtualService('web', {
        hosts: ['web'],
        http: [
          M({
            headers: { 'user-agent': { regex: '(?i).*(iphone|android).*' }, x: { regex: '(?P<a>b)(?i:c)' } },
            withoutHeaders: { y: { regex: '*' } },
          }),
        ],
      }),
    ),
    [],
  ],
]);
