import { defined } from '../../../graph/defined.ts';
import type { ServicePort } from '../../../graph/model.ts';
import { described, z } from '../../../lib/zod.ts';
import { integer, optionalText } from './shapes.ts';

/** A port of a Service as data. */
export const portShape = z.object({
  port: integer,
  protocol: z.enum(['TCP', 'UDP', 'SCTP']),
  name: optionalText,
  targetPort: described(optionalText, 'The port of the pods, by number or name, where it is another.'),
  appProtocol: optionalText,
});

export function portData({ port, protocol, name, targetPort, appProtocol }: ServicePort): z.core.input<typeof portShape> {
  return { port, protocol, ...defined({ name, targetPort: targetPort === undefined ? undefined : String(targetPort), appProtocol }) };
}

/** `80 http`, `53/UDP dns` */
export function portText({ port, protocol, name }: ServicePort): string {
  return `${port}${protocol === 'TCP' ? '' : `/${protocol}`}${name === undefined ? '' : ` ${name}`}`;
}
