import { notAcceptable } from './status.ts';

/** The form in which an answer is wanted: an object as it is, or one that the API server makes of it. */
export interface Form {
  /** `PartialObjectMetadata`, `PartialObjectMetadataList`, `APIGroupDiscoveryList`; undefined for the object as it is. */
  readonly as: string | undefined;
}

const MEDIA_TYPES = 'application/json';
const FORMS: Readonly<Record<string, string>> = {
  PartialObjectMetadata: 'g=meta.k8s.io;v=v1',
  PartialObjectMetadataList: 'g=meta.k8s.io;v=v1',
  APIGroupDiscoveryList: 'g=apidiscovery.k8s.io;v=v2',
};

/** The first clause of an Accept header that can be served, out of those forms that the endpoint knows. Throws 406 where there is none. */
export function formFor(accept: string | undefined, known: readonly string[]): Form {
  if (accept === undefined || accept.trim() === '') return { as: undefined };
  for (const clause of accept.split(',')) {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
    if (!['application/json', 'application/*', '*/*'].includes(type)) continue;
    const named = new Map(parameters.map((parameter) => [parameter.split('=')[0], parameter.slice(parameter.indexOf('=') + 1)]));
    const as = named.get('as');
    if (as === undefined) return { as };
    if (known.includes(as) && FORMS[as] === `g=${named.get('g')};v=${named.get('v')}`) return { as };
  }
  throw notAcceptable(MEDIA_TYPES);
}
