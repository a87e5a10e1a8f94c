import { described, limitedList, limitedText, z } from '../../lib/zod.ts';
import { CREATES, DELETES, type Operation, operation, type Parameter, READS, REPLACES } from '../operation.ts';
import { integer, PET_STATUSES } from '../schemas.ts';
import { LIMITS } from './limits.ts';

const petId: Parameter = { name: 'petId', in: 'path', schema: described(integer, 'Id of the pet') };

const name = limitedText({ min: 1, max: LIMITS.name });
const status = z.enum(PET_STATUSES);

const nameAndId = z.strictObject({ id: z.optional(integer), name: z.optional(limitedText({ max: LIMITS.name })) });

const petFields = {
  name: described(name, 'Name of the pet'),
  category: described(z.optional(nameAndId), 'Kind of animal, as {"id": 1, "name": "Dogs"}'),
  photoUrls: described(z._default(limitedList(limitedText({ max: LIMITS.url }), { max: LIMITS.items }), []), 'Addresses of photos'),
  tags: described(
    z.optional(limitedList(nameAndId, { max: LIMITS.items })),
    'Tags, as [{"id": 1, "name": "tag1"}]; pets are found by their names',
  ),
  status: described(z.optional(status), 'Without a status no search by status finds the pet'),
};

const NO_PET = 'No pet has this id';
const BAD_PET_ID = 'The Petstore does not take this as the id of a pet';

/** The operations on pets. */
export const PET_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'get_pet_find_by_status',
    operationId: 'findPetsByStatus',
    group: 'pet',
    title: 'Find pets by status',
    description:
      'Lists the pets that are available, pending or sold, with id, name, category, tags and photo URLs. The way to find out which pets there are: call it once for each status.',
    method: 'GET',
    path: '/pet/findByStatus',
    parameters: [{ name: 'status', in: 'query', schema: described(z._default(status, 'available'), 'Status of the pets to list') }],
    answer: { kind: 'pets' },
    reasons: { 400: 'The Petstore does not know this status' },
    effect: READS,
    credentials: ['petstore_auth'],
  }),
  operation({
    name: 'get_pet_find_by_tags',
    operationId: 'findPetsByTags',
    group: 'pet',
    title: 'Find pets by tags',
    description: 'Lists the pets that bear at least one of the tags. Tags match exactly, case included; the sample data has tag1 to tag4.',
    method: 'GET',
    path: '/pet/findByTags',
    parameters: [
      {
        name: 'tags',
        in: 'query',
        schema: described(limitedList(name, { min: 1, max: LIMITS.searchTags }), 'Names of tags'),
      },
    ],
    answer: { kind: 'pets' },
    reasons: { 400: 'The Petstore does not take these tags' },
    effect: READS,
    credentials: ['petstore_auth'],
  }),
  operation({
    name: 'get_pet_pet_id',
    operationId: 'getPetById',
    group: 'pet',
    title: 'Get a pet',
    description: 'Reads one pet by its id: name, category, tags, status and photo URLs.',
    method: 'GET',
    path: '/pet/{petId}',
    parameters: [petId],
    answer: { kind: 'pet' },
    reasons: { 400: BAD_PET_ID, 404: NO_PET },
    effect: READS,
    credentials: ['api_key', 'petstore_auth'],
  }),
  operation({
    name: 'post_pet',
    operationId: 'addPet',
    group: 'pet',
    title: 'Add a pet',
    description:
      'Adds a pet to the store and answers the pet as it was stored. A pet that has the same id already is overwritten, so look with get_pet_pet_id first.',
    method: 'POST',
    path: '/pet',
    parameters: [],
    body: {
      type: 'json',
      schema: 'Pet',
      list: false,
      argument: described(
        z.strictObject({
          id: described(z.optional(integer), 'Choose one that is free: the reference Petstore gives out none and fails (500) without one'),
          ...petFields,
        }),
        'The pet to add',
      ),
    },
    answer: { kind: 'pet' },
    reasons: {
      400: 'The Petstore does not take this pet',
      422: 'The Petstore finds this pet invalid',
      500: 'The Petstore failed on this pet; the reference Petstore does so where the pet has no id',
    },
    effect: CREATES,
    credentials: ['petstore_auth'],
  }),
  operation({
    name: 'put_pet',
    operationId: 'updatePet',
    group: 'pet',
    title: 'Replace a pet',
    description:
      'Replaces a pet as a whole: what the new one leaves out is gone. To change only name and status use post_pet_pet_id; to keep the rest, read it with get_pet_pet_id and send it again.',
    method: 'PUT',
    path: '/pet',
    parameters: [],
    body: {
      type: 'json',
      schema: 'Pet',
      list: false,
      argument: described(z.strictObject({ id: described(integer, 'Id of the pet to replace'), ...petFields }), 'The pet as it shall be'),
    },
    answer: { kind: 'pet' },
    reasons: { 400: BAD_PET_ID, 404: NO_PET, 422: 'The Petstore finds this pet invalid' },
    effect: REPLACES,
    credentials: ['petstore_auth'],
  }),
  operation({
    name: 'post_pet_pet_id',
    operationId: 'updatePetWithForm',
    group: 'pet',
    title: 'Rename a pet or set its status',
    description:
      'Sets the name and the status of a pet and leaves the rest as it is. Give both: the reference Petstore clears the status where none is given.',
    method: 'POST',
    path: '/pet/{petId}',
    parameters: [
      petId,
      { name: 'name', in: 'query', schema: described(name, 'Name that the pet shall have') },
      { name: 'status', in: 'query', schema: described(z.optional(status), 'Status that the pet shall have') },
    ],
    answer: { kind: 'pet' },
    reasons: { 400: 'The Petstore does not take this name or status', 404: NO_PET },
    effect: { readOnly: false, destructive: true, idempotent: true },
    credentials: ['petstore_auth'],
  }),
  operation({
    name: 'delete_pet_pet_id',
    operationId: 'deletePet',
    group: 'pet',
    title: 'Delete a pet',
    description: 'Deletes a pet for good. The reference Petstore answers the same where there is no such pet.',
    method: 'DELETE',
    path: '/pet/{petId}',
    parameters: [petId],
    answer: { kind: 'done', text: 'No pet has this id any more.' },
    reasons: { 400: BAD_PET_ID, 404: NO_PET },
    effect: DELETES,
    credentials: ['api_key', 'petstore_auth'],
  }),
  operation({
    name: 'post_pet_pet_id_upload_image',
    operationId: 'uploadFile',
    group: 'pet',
    title: 'Upload a photo of a pet',
    description: 'Uploads an image, given as base64, and adds it to the photos of a pet.',
    method: 'POST',
    path: '/pet/{petId}/uploadImage',
    parameters: [
      petId,
      { name: 'additionalMetadata', in: 'query', schema: described(z.optional(limitedText({ max: LIMITS.text })), 'A note to send along') },
    ],
    body: { type: 'bytes' },
    answer: { kind: 'upload' },
    reasons: { 400: 'The Petstore does not take this file', 404: NO_PET, 415: 'The Petstore does not take this content type' },
    effect: { readOnly: false, destructive: false, idempotent: false },
    credentials: ['petstore_auth'],
  }),
];
