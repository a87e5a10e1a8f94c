import { expect, it } from 'vitest';
import { isJsonType } from '../../../../src/mcp/http/media-type.ts';

it.each([
  ['application/json', true],
  ['Application/JSON; charset=utf-8', true],
  [' application/json ;x=y', true],
  ['application/jsonx', false],
  ['text/plain; application/json', false],
  ['application/json, text/plain', false],
  ['', false],
  [undefined, false],
])('isJsonType(%j) is %j', (header, json) => {
  expect(isJsonType(header)).toBe(json);
});
