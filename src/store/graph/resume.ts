import { encodeUtf8 } from '../../lib/utf8.ts';
import { isCount, parseStoredBytes } from './fields.ts';
import { decodeResumePoints, type Mark, type ResumePoints } from './head.ts';

/**
 * What is kept under `mesh/resume`: points that are further on than those in the head, for a cluster in which nothing changes but time
 * passes (bookmarks), so that a watch need not begin where the server has forgotten. They hold for the very head that they name: the points
 * of one collector applied to the state of another would skip the events in between, for ever. That is also why there is no key for each
 * kind: all points belong to one state, and one write either replaces them all or none.
 */
export interface Resume {
  readonly head: Mark;
  readonly at: number;
  readonly points: ResumePoints;
}

const VERSION = 1;

export function encodeResume(resume: Resume): Uint8Array {
  return encodeUtf8(JSON.stringify({ version: VERSION, ...resume }));
}

/** The points back from their bytes; undefined where these are absent, not ours, or of another head. */
export function decodeResume(value: Uint8Array | undefined, ofHead: Mark): Resume | undefined {
  const members = parseStoredBytes(value, VERSION);
  if (members === undefined) return undefined;
  const { head, at } = members;
  const points = decodeResumePoints(members.points);
  return head === ofHead && isCount(at) && points ? { head, at, points } : undefined;
}
