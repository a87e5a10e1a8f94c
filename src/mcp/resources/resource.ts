import type { Toolset } from '../../config.ts';
import type { Completer } from '../prompts/prompt.ts';
import type { InputRequired, RequestCall } from '../protocol/call.ts';

/** How long a client may keep what it read, and whether caches may share it among users (2026-07-28, server/utilities/caching). */
export interface CacheHint {
  readonly ttlMs: number;
  readonly cacheScope: 'public' | 'private';
}

/** What a resource holds: text, or bytes in base64. */
export type ResourceContent = { readonly text: string } | { readonly blob: string };

/** Data under a fixed URI that a client may put before its model (2025-11-25, server/resources). */
export interface Resource {
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  /** Offered while this group of tools is; a resource without one is always offered. */
  readonly toolset?: Toolset;
  readonly cache: CacheHint;
  /** Throws `MeshError`. */
  readonly read: (call: RequestCall) => ResourceContent | InputRequired;
}

/** Resources of one kind, their URIs made from variables (RFC 6570, level 1: `{name}` stands for one path segment). */
export interface ResourceTemplate {
  readonly uriTemplate: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  /** As for `Resource`. */
  readonly toolset?: Toolset;
  readonly cache: CacheHint;
  /** By variable. */
  readonly complete?: Readonly<Record<string, Completer>>;
  /** Gets the decoded variables; undefined where there is no such resource. Throws `MeshError`. */
  readonly read: (variables: Readonly<Record<string, string>>, call: RequestCall) => ResourceContent | InputRequired | undefined;
}
