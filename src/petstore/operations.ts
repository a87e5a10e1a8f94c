import type { Operation } from './operation.ts';
import { PET_OPERATIONS } from './operations/pet.ts';
import { STORE_OPERATIONS } from './operations/store.ts';
import { USER_OPERATIONS } from './operations/user.ts';

/** The version of the API that the table describes. */
export const API_VERSION = '1.0.27';

/**
 * Every operation of the Petstore API v3. The facts are those of its OpenAPI description and, where that is silent or wrong, of the reference
 * server (github.com/swagger-api/swagger-petstore); the words are ours.
 */
export const OPERATIONS: readonly Operation[] = [...PET_OPERATIONS, ...STORE_OPERATIONS, ...USER_OPERATIONS];
