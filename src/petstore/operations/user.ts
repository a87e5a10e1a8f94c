import { described, limitedList, limitedText, z } from '../../lib/zod.ts';
import { CREATES, DELETES, type Operation, operation, type Parameter, READS, REPLACES } from '../operation.ts';
import { integer } from '../schemas.ts';
import { LIMITS } from './limits.ts';

const name = limitedText({ min: 1, max: LIMITS.name });
const shortText = limitedText({ max: LIMITS.name });

/** `.` and `..` are refused here already, because no URL can carry them as a segment of its path. */
const username: Parameter = {
  name: 'username',
  in: 'path',
  schema: described(
    name.check(z.refine((text) => text !== '.' && text !== '..', 'Invalid input: no URL can name this user')),
    'Name of the user',
  ),
};

const userFields = {
  id: z.optional(integer),
  firstName: z.optional(shortText),
  lastName: z.optional(shortText),
  email: z.optional(shortText),
  password: described(z.optional(shortText), 'Kept by the Petstore as it is; answers leave it out'),
  phone: z.optional(shortText),
  userStatus: described(z.optional(integer), '1 registered, 2 active, 3 closed'),
};

/** Stricter than the API, on purpose: a user without a name breaks every later search of the reference Petstore. */
const newUser = z.strictObject({ username: described(name, 'Name of the user; a user of that name is overwritten'), ...userFields });

const NO_USER = 'No user has this name';
const BAD_USERNAME = 'The Petstore does not take this as the name of a user';

/** The operations on users and their sessions. */
export const USER_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'post_user',
    operationId: 'createUser',
    group: 'user',
    title: 'Create a user',
    description: 'Creates a user and answers it as it was stored, without the password. A user of the same name is overwritten.',
    method: 'POST',
    path: '/user',
    parameters: [],
    body: { type: 'json', schema: 'User', list: false, argument: described(newUser, 'The user to create') },
    answer: { kind: 'user' },
    reasons: { 400: 'The Petstore does not take this user' },
    effect: CREATES,
    credentials: [],
  }),
  operation({
    name: 'post_user_create_with_list',
    operationId: 'createUsersWithListInput',
    group: 'user',
    title: 'Create several users',
    description:
      'Creates users in one call and answers those that were stored, without passwords. Users of the same names are overwritten.',
    method: 'POST',
    path: '/user/createWithList',
    parameters: [],
    body: {
      type: 'json',
      schema: 'User',
      list: true,
      argument: described(limitedList(newUser, { min: 1, max: LIMITS.users }), 'The users to create'),
    },
    answer: { kind: 'users' },
    reasons: { 400: 'The Petstore does not take these users' },
    effect: CREATES,
    credentials: [],
  }),
  operation({
    name: 'get_user_login',
    operationId: 'loginUser',
    group: 'user',
    title: 'Log a user in',
    description:
      'Opens a session and answers what the Petstore says about it, with the calls an hour it allows and when it ends. The API takes the password in the URL: never use one that protects anything. The reference Petstore takes every password.',
    method: 'GET',
    path: '/user/login',
    parameters: [
      { name: 'username', in: 'query', schema: described(name, 'Name of the user') },
      { name: 'password', in: 'query', schema: described(shortText, 'Password, sent in clear text') },
    ],
    answer: { kind: 'session' },
    reasons: { 400: 'The Petstore does not take this name with this password' },
    effect: { readOnly: false, destructive: false, idempotent: false },
    credentials: [],
  }),
  operation({
    name: 'get_user_logout',
    operationId: 'logoutUser',
    group: 'user',
    title: 'Log the user out',
    description: 'Ends the session of the user who is logged in. The reference Petstore keeps no sessions and always agrees.',
    method: 'GET',
    path: '/user/logout',
    parameters: [],
    answer: { kind: 'done', text: 'Logged out.' },
    reasons: {},
    effect: { readOnly: false, destructive: false, idempotent: true },
    credentials: [],
  }),
  operation({
    name: 'get_user_username',
    operationId: 'getUserByName',
    group: 'user',
    title: 'Get a user',
    description: 'Reads one user by name, without the password. There is no list of users; the sample data has user1 to user10.',
    method: 'GET',
    path: '/user/{username}',
    parameters: [username],
    answer: { kind: 'user' },
    reasons: { 400: BAD_USERNAME, 404: NO_USER },
    effect: READS,
    credentials: [],
  }),
  operation({
    name: 'put_user_username',
    operationId: 'updateUser',
    group: 'user',
    title: 'Replace a user',
    description:
      'Replaces a user as a whole: what the new one leaves out is gone, the password too. To keep the rest, read it with get_user_username and send it again.',
    method: 'PUT',
    path: '/user/{username}',
    parameters: [username],
    body: {
      type: 'json',
      schema: 'User',
      list: false,
      argument: described(
        z.strictObject({ username: described(z.optional(name), 'New name; left out, the user keeps the present one'), ...userFields }),
        'The user as it shall be',
      ),
      inherits: 'username',
    },
    answer: { kind: 'done', text: 'The user is replaced.' },
    reasons: { 400: BAD_USERNAME, 404: NO_USER },
    effect: REPLACES,
    credentials: [],
  }),
  operation({
    name: 'delete_user_username',
    operationId: 'deleteUser',
    group: 'user',
    title: 'Delete a user',
    description: 'Deletes a user for good. The reference Petstore answers the same where there is no such user.',
    method: 'DELETE',
    path: '/user/{username}',
    parameters: [username],
    answer: { kind: 'done', text: 'No user has this name any more.' },
    reasons: { 400: BAD_USERNAME, 404: NO_USER },
    effect: DELETES,
    credentials: [],
  }),
];
