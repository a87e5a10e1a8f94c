import type { Clock } from './clock.ts';
import type { Http } from './http.ts';
import type { KeyValue } from './keyvalue.ts';
import type { Log } from './log.ts';
import type { Random } from './random.ts';

/** Everything the product asks of the world outside. Whoever needs one port takes that one. */
export interface Ports {
  readonly clock: Clock;
  readonly http: Http;
  readonly keyvalue: KeyValue;
  readonly log: Log;
  readonly random: Random;
}
