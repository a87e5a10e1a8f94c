import { requestAuthentication as check } from '../../../../../src/policy/analyze/checks/request-authentication.ts';
import { describeCheck } from '../describe-check.ts';
import { requestAuthentication, worldWith } from '../world.ts';

describeCheck(check, [
  [
    'neither issuer nor keys',
    worldWith(requestAuthentication('r', { jwtRules: [{}] })),
    ['error MESH0504 RequestAuthentication shop/r spec.jwtRules[0].issuer'],
  ],
  [
    'keys without an issuer',
    worldWith(requestAuthentication('r', { jwtRules: [{ jwksUri: 'https://i/keys' }] })),
    ['warning MESH0504 RequestAuthentication shop/r spec.jwtRules[0].issuer'],
  ],
  [
    'an issuer that is no URL, without keys',
    worldWith(requestAuthentication('r', { jwtRules: [{ issuer: 'me@example.com' }] })),
    ['error MESH0504 RequestAuthentication shop/r spec.jwtRules[0].jwksUri'],
  ],
  [
    'both kinds of keys, and no URL',
    worldWith(requestAuthentication('r', { jwtRules: [{ issuer: 'i', jwksUri: 'keys', jwks: '{"keys":[{"kty":"RSA"}]}' }] })),
    [
      'error MESH0504 RequestAuthentication shop/r spec.jwtRules[0].jwks',
      'error MESH0504 RequestAuthentication shop/r spec.jwtRules[0].jwksUri',
    ],
  ],
  [
    'keys over plain HTTP',
    worldWith(
      requestAuthentication('r', {
        jwtRules: [
          { issuer: 'i', jwksUri: 'http://login.example.com/keys' },
          { issuer: 'j', jwksUri: 'http://keys.shop.svc.cluster.local/' },
        ],
      }),
    ),
    ['warning MESH0504 RequestAuthentication shop/r spec.jwtRules[0].jwksUri'],
  ],
  [
    'keys that are none',
    worldWith(
      requestAuthentication('r', {
        jwtRules: [
          { issuer: 'i', jwks: 'no' },
          { issuer: 'j', jwks: '{}' },
        ],
      }),
    ),
    [
      'error MESH0504 RequestAuthentication shop/r spec.jwtRules[0].jwks',
      'error MESH0504 RequestAuthentication shop/r spec.jwtRules[1].jwks',
    ],
  ],
  [
    'a private key',
    worldWith(requestAuthentication('r', { jwtRules: [{ issuer: 'i', jwks: '{"keys":[{"kty":"EC","d":"secret"}]}' }] })),
    ['error MESH0504 RequestAuthentication shop/r spec.jwtRules[0].jwks'],
  ],
  ['no rules', worldWith(requestAuthentication('r', {})), ['warning MESH0504 RequestAuthentication shop/r spec.jwtRules']],
  ['an issuer’s URL', worldWith(requestAuthentication('r', { jwtRules: [{ issuer: 'https://login.example.com' }] })), []],
]);
