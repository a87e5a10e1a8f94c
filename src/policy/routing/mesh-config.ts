import type { View } from '../analyze/view.ts';
import { Field } from '../objects/field.ts';

/** A part of the mesh's own configuration, as far as an IstioOperator in the set has it. */
export function meshConfig(part: string, view: View): Field {
  const parts = view.of('IstioOperator', 'install.istio.io').map(({ spec }) => spec.at('meshConfig', part));
  return parts.find(({ exists }) => exists) ?? new Field(undefined);
}
