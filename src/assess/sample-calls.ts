import type { Edge } from '../graph/model.ts';
import { methodWord } from '../mesh/words.ts';
import type { AccessCall } from '../policy/access/model.ts';
import { type Field, quote } from '../policy/objects/field.ts';
import type { KubeObject } from '../policy/objects/kube-object.ts';

/** More calls than these are not tried. */
const MAX_CALLS = 24;

/** A path that nobody names. */
const ELSEWHERE = '/none-of-these';

/**
 * Calls that the routes and policies among some objects tell apart: for each method and path that one of them names, a call that fits it, and one that fits none.
 * Metrics do not say what was called, so that these stand for it. A regular expression gives none.
 */
export function sampleCalls(objects: readonly KubeObject[], protocol: Exclude<Edge['protocol'], 'tcp'>): readonly AccessCall[] {
  const method = protocol === 'grpc' ? 'POST' : 'GET';
  const found = new Map<string, AccessCall>();
  const add = (sample: Sample) => {
    const call: AccessCall = {
      protocol,
      method: sample.method ?? method,
      path: sample.path ?? ELSEWHERE,
      host: undefined,
      headers: sample.headers ?? [],
      sni: undefined,
      claims: undefined,
    };
    const key = JSON.stringify([call.method, call.path, call.headers]);
    if (!found.has(key)) found.set(key, call);
  };
  for (const object of objects) {
    for (const sample of samplesOf(object, protocol === 'grpc')) if (found.size < MAX_CALLS) add(sample);
  }
  add({});
  return [...found.values()];
}

interface Sample {
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly headers?: AccessCall['headers'];
}

function samplesOf({ kind, group, spec }: KubeObject, isGrpc: boolean): readonly Sample[] {
  if (kind === 'HTTPRoute') return isGrpc || !isInbound(spec) ? [] : matchesOf(spec).flatMap(httpSample);
  if (kind === 'GRPCRoute') return isGrpc && isInbound(spec) ? matchesOf(spec).flatMap(grpcSample) : [];
  if (kind === 'AuthorizationPolicy' && group === 'security.istio.io') {
    return spec.at('rules').items.flatMap((rule) => rule.at('to').items.flatMap((to) => operationSamples(to.at('operation'))));
  }
  return [];
}

/** Routes of Services say where clients send, those of Linkerd's Servers what comes in. */
function isInbound(spec: Field): boolean {
  return spec.at('parentRefs').items.some((parent) => parent.at('kind').text === 'Server');
}

function matchesOf(spec: Field): readonly Field[] {
  return spec.at('rules').items.flatMap((rule) => rule.at('matches').items);
}

function httpSample(match: Field): readonly Sample[] {
  const type = match.at('path', 'type').text ?? 'PathPrefix';
  if (type === 'RegularExpression') return [];
  const headers = match.at('headers').items.flatMap((header) => {
    const [name, value] = [header.at('name').text, header.at('value').text];
    return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value] as const];
  });
  return [{ method: match.at('method').text, path: match.at('path', 'value').text ?? ELSEWHERE, headers }];
}

function grpcSample(match: Field): readonly Sample[] {
  if (match.at('method', 'type').text === 'RegularExpression') return [];
  const [service = 'some.Service', method = 'Some'] = [match.at('method', 'service').text, match.at('method', 'method').text];
  return [{ path: `/${service}/${method}` }];
}

function operationSamples(operation: Field): readonly Sample[] {
  const methods = operation.at('methods').texts.filter((method) => !method.includes('*'));
  const paths = [...operation.at('paths').texts, ...operation.at('notPaths').texts].map(pathLike);
  const withMethods = (path: string | undefined): readonly Sample[] =>
    methods.length === 0 ? [{ path }] : methods.map((method) => ({ method, path }));
  return paths.length === 0 ? withMethods(undefined) : paths.flatMap(withMethods);
}

/** A path that fits a pattern of Istio's: `*` at either end, `{*}` for one segment, `{**}` for any (istio, security/v1: `Operation.paths`). */
function pathLike(pattern: string): string {
  const path = pattern.replaceAll('{**}', 'some/where').replaceAll('{*}', 'some').replace(/^\*/, '/some').replace(/\*$/, 'some');
  return path.startsWith('/') ? path : `/${path}`;
}

/** Paths as people write them (RFC 3986, `pchar`, and what templates add). */
const PLAIN_PATH = /^\/[A-Za-z0-9/_.~%:@!$&'()*+,;={}-]{0,120}$/;

/** Whether a call stands for all those that no route and no policy names. */
export function isElsewhere({ path }: AccessCall): boolean {
  return path === ELSEWHERE;
}

/** `GET /orders`; what is no plain path is quoted, for it is another's text. */
export function callText({ method, path }: AccessCall): string {
  const verb = methodWord(method) ?? quote(method ?? '');
  if (path === ELSEWHERE) return `${verb} any other path`;
  return `${verb} ${path !== undefined && PLAIN_PATH.test(path) ? path : quote(path ?? '')}`;
}
