import { MESHES } from '../../../graph/model.ts';
import { z } from '../../../lib/zod.ts';

// What the output schemas of several tools are made of, each once: a schema costs size wherever it is made (decisions/006).
export const text = z.string();
export const texts = z.array(text);
export const optionalText = z.optional(text);
export const integer = z.int();
export const optionalInteger = z.optional(integer);
export const number = z.number();
export const optionalNumber = z.optional(number);
export const serviceType = z.enum(['ClusterIP', 'Headless', 'NodePort', 'LoadBalancer', 'ExternalName']);

/** How many pods there are and how they stand to the meshes, as members of an output schema. */
export const podsShape = { pods: integer, meshedPods: integer, meshes: z.array(z.enum(MESHES)) };
