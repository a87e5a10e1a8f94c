import { effectOf } from '../../../assess/effect-of.ts';
import { DELETION, decideApply } from '../../../change/apply.ts';
import { type ChangeReport, type ChangeRequest, change } from '../../../change/change.ts';
import { parseManifest } from '../../../change/manifest.ts';
import type { WritableKind } from '../../../change/writable.ts';
import type { Json, JsonObject } from '../../../lib/json.ts';
import type { ToolCall } from '../../tool.ts';
import type { Confirmed } from './inputs.ts';

/** What differs between the tools. */
export type ToolRequest = Pick<ChangeRequest, 'tool' | 'place' | 'decide' | 'reverts'>;

/** Plans or makes what a tool was asked for with these arguments. Throws `MeshError`. */
export function runChange(args: Confirmed & object, call: ToolCall, request: ToolRequest): ChangeReport {
  const { ports, config, principal } = call;
  const { confirm, ...bound } = args;
  return change(
    { ports, config, principal, effectOf },
    { ...request, arguments: asJson(bound), force: args.force ?? false, acceptImpact: args.accept_impact ?? [], confirm },
  );
}

interface ManifestArguments extends Confirmed {
  readonly manifest: object;
  readonly delete?: boolean | undefined;
}

/** A manifest of one of these kinds, applied or deleted. */
export function runManifest(tool: string, among: readonly WritableKind[], args: ManifestArguments, call: ToolCall): ChangeReport {
  const manifest = parseManifest(asJson(args.manifest), among);
  return runChange(args, call, {
    tool,
    place: manifest.target,
    decide: (found, api, sees) => (args.delete === true ? DELETION : decideApply(manifest, found, api, sees)),
  });
}

/** Arguments were parsed from JSON and checked, which leaves JSON. */
function asJson(value: object): JsonObject {
  return value as { readonly [key: string]: Json };
}
