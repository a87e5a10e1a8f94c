import { complete } from './methods/completion.ts';
import { discover } from './methods/discover.ts';
import { initialize } from './methods/initialize.ts';
import { setLogLevel } from './methods/logging.ts';
import type { Method } from './methods/method.ts';
import { ping } from './methods/ping.ts';
import { getPrompt, listPrompts } from './methods/prompts.ts';
import { listResources, listResourceTemplates, readResource, subscribeResource } from './methods/resources.ts';
import { listen } from './methods/subscriptions.ts';
import { callTool, listTools } from './methods/tools.ts';
import { INITIALIZE_ERA, type ProtocolVersion, STATELESS_ERA } from './versions.ts';

const ALL = [...INITIALIZE_ERA, ...STATELESS_ERA] as const;

/** Every request that a client may send, the versions that have it, and what answers it. The tasks of 2025-11-25 are not offered. */
const TABLE: readonly (readonly [method: string, versions: readonly ProtocolVersion[], answer: Method])[] = [
  ['initialize', INITIALIZE_ERA, initialize],
  ['ping', INITIALIZE_ERA, ping],
  ['server/discover', STATELESS_ERA, discover],
  ['tools/list', ALL, listTools],
  ['tools/call', ALL, callTool],
  ['prompts/list', ALL, listPrompts],
  ['prompts/get', ALL, getPrompt],
  ['resources/list', ALL, listResources],
  ['resources/templates/list', ALL, listResourceTemplates],
  ['resources/read', ALL, readResource],
  ['resources/subscribe', INITIALIZE_ERA, subscribeResource],
  ['resources/unsubscribe', INITIALIZE_ERA, subscribeResource],
  ['subscriptions/listen', STATELESS_ERA, listen],
  ['completion/complete', ALL, complete],
  ['logging/setLevel', INITIALIZE_ERA, setLogLevel],
];

const BY_NAME: ReadonlyMap<string, { readonly versions: readonly ProtocolVersion[]; readonly answer: Method }> = new Map(
  TABLE.map(([name, versions, answer]) => [name, { versions, answer }]),
);

/** The method of a version, or the versions that have a method of this name, newest last. */
export function findMethod(name: string, version: ProtocolVersion): Method | { readonly elsewhere: readonly ProtocolVersion[] } {
  const row = BY_NAME.get(name);
  if (row === undefined) return { elsewhere: [] };
  return row.versions.includes(version) ? row.answer : { elsewhere: row.versions };
}

/** Whether any version has a method of this name: only such names go into logs and metrics. */
export function isMethodName(name: string): boolean {
  return BY_NAME.has(name);
}
