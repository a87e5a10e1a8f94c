import type { AccessCall } from '../access/model.ts';
import { findRoute, type Ways } from './find-route.ts';
import { type Request, requestOf } from './request-match.ts';
import type { Route } from './route.ts';

/** A call with the ways that it may go. */
export interface Asked {
  readonly request: Request;
  readonly ways: Ways;
}

/** Finds the ways of calls. Many callers are asked about with one call, whose ways do not depend on them, so the last is remembered. */
export function finderOf(routes: readonly Route[]): (call: AccessCall) => Asked {
  let last: { readonly call: AccessCall; readonly asked: Asked } | undefined;
  return (call) => {
    if (last?.call !== call) {
      const request = requestOf(call);
      last = { call, asked: { request, ways: findRoute(routes, request) } };
    }
    return last.asked;
  };
}
