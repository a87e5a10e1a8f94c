import type { Field } from '../objects/field.ts';
import type { Fault } from './answer.ts';
import { parseDuration } from './duration.ts';
import { type Fraction, fraction, percentage } from './fraction.ts';

const NONE: Fraction = fraction(0, 1);

/**
 * The faults that a rule injects. Without a percentage they hit no request; a delay that is not fixed does not exist in Envoy (istio,
 * pilot/pkg/networking/core/route: `TranslateFault`).
 */
export function readFault(field: Field): Fault | undefined {
  const delay = readDelay(field.at('delay'));
  const abort = readAbort(field.at('abort'));
  return delay === undefined && abort === undefined ? undefined : { delay, abort };
}

function readDelay(delay: Field): Fault['delay'] {
  const fixed = delay.at('fixedDelay').text;
  const ms = fixed === undefined ? undefined : parseDuration(fixed);
  // The old field for whole percents counts where the new one is absent.
  const share = delay.at('percentage').exists ? shareOf(delay.at('percentage')) : (percentage(delay.at('percent').number ?? 0) ?? NONE);
  return ms === undefined ? undefined : { share, ms };
}

function readAbort(abort: Field): Fault['abort'] {
  const share = shareOf(abort.at('percentage'));
  const httpStatus = abort.at('httpStatus').number;
  if (httpStatus !== undefined) return { share, httpStatus };
  const grpcStatus = abort.at('grpcStatus').text;
  return grpcStatus === undefined ? undefined : { share, grpcStatus };
}

function shareOf(field: Field): Fraction {
  return percentage(field.at('value').number ?? 0) ?? NONE;
}
