import type { Clock } from '../../ports/clock.ts';
import { type Http, HttpFailure, type HttpRequest } from '../../ports/http.ts';
import { Call, waitForAny } from './call.ts';
import { mergeStreams } from './merge.ts';
import { wholeAnswers } from './whole.ts';

/** Outgoing HTTP over wasi:http: one poll loop drives any number of calls. */
export function wasiHttp(clock: Clock): Http {
  const streams = () =>
    mergeStreams(
      {
        start: (stream, request) => new Call(stream, request, clock),
        wait: (calls: readonly Call[], until) => waitForAny(calls, until, clock),
      },
      clock,
    );
  const sendAll = (requests: readonly HttpRequest[]) => wholeAnswers(streams(), requests);
  return {
    streams,
    sendAll,
    send: (request) => {
      const [result] = sendAll([request]);
      if (result instanceof HttpFailure) throw result;
      if (result === undefined) throw new HttpFailure('protocol', 'no result');
      return result;
    },
  };
}
