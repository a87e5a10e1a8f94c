import { anonymous } from '../../src/access/anonymous.ts';
import type { Principal } from '../../src/access/principal.ts';

/** Someone who may do everything everywhere, for tests of anything but access. */
export const ADMIN: Principal = anonymous('admin');
