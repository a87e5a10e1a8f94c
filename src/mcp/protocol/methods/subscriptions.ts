import { META } from '../constants.ts';
import { ClientLeft } from '../failure.ts';
import { requiredObject } from '../params.ts';
import { completeResult } from '../result.ts';
import type { Method } from './method.ts';

/**
 * 2026-07-28, basic/patterns/subscriptions. Our lists do not change while a server runs and it declares no `listChanged`, so what it agrees to
 * send is nothing: it acknowledges an empty filter, and ends the subscription gracefully instead of holding a connection open for it.
 */
export const listen: Method = {
  handle: (exchange) => {
    requiredObject(exchange.request.params, 'notifications');
    const subscription = { [META.subscriptionId]: exchange.request.id };
    const delivery = exchange.notify('notifications/subscriptions/acknowledged', { _meta: subscription, notifications: {} });
    if (delivery === 'left') throw new ClientLeft();
    return { pieces: completeResult(exchange, { _meta: subscription }) };
  },
};
