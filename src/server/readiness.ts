import type { Config } from '../config.ts';
import { describe, MeshError } from '../lib/errors.ts';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../ports/http.ts';
import type { Ports } from '../ports/ports.ts';

/** One thing that this server needs, and whether it answers. */
export interface Check {
  readonly name: 'store' | 'petstore' | 'kubernetes';
  readonly ok: boolean;
  /** What is wrong and what to do; absent when `ok`. */
  readonly reason?: string;
}

/** A probe must answer well within a kubelet's usual time-out, whatever the options for real calls say. */
const PROBE_TIMEOUT_MS = 800;
const PROBE_BODY_BYTES = 4096;

/** Asks the store and every upstream that an enabled toolset needs, all at the same time. */
export function checkReadiness(ports: Ports, config: Config): readonly Check[] {
  const upstreams = [
    { name: 'petstore', toolset: 'petstore', url: `${config.petstoreUrl}/store/inventory`, option: 'PETSTORE_URL' },
    { name: 'kubernetes', toolset: 'graph', url: `${config.kubernetesUrl}/version`, option: 'KUBERNETES_URL' },
  ] as const;
  const needed = upstreams.filter(({ toolset }) => config.toolsets.includes(toolset));
  const answers = ports.http.sendAll(needed.map(({ url }) => probe(url)));
  return [
    checkStore(ports),
    ...needed.map(({ name, option }, index): Check => {
      const reason = whyNot(answers[index]);
      return reason === undefined
        ? { name, ok: true }
        : { name, ok: false, reason: `${reason}; check ${option} and that this server may reach it` };
    }),
  ];
}

function probe(url: string): HttpRequest {
  return { method: 'GET', url, headers: [['accept', 'application/json']], timeoutMs: PROBE_TIMEOUT_MS, maxBodyBytes: PROBE_BODY_BYTES };
}

/**
 * A good answer shows that the right upstream is there, and so does one that asks who we are or says no: whether it grants a request is not what readiness
 * asks. Another status comes from another server, or from one that is out of order.
 */
function whyNot(answer: HttpResponse | HttpFailure | undefined): string | undefined {
  if (answer === undefined) return 'not asked';
  if (answer instanceof HttpFailure) {
    const words = {
      unreachable: 'cannot be reached',
      timeout: 'does not answer in time',
      forbidden: 'is not among the hosts this component may call',
      protocol: 'does not speak HTTP',
    };
    return words[answer.reason];
  }
  const there = (answer.status >= 200 && answer.status < 300) || answer.status === 401 || answer.status === 403;
  return there ? undefined : `answers with status ${answer.status}`;
}

function checkStore(ports: Ports): Check {
  try {
    ports.keyvalue.exists('mcp/ready');
    return { name: 'store', ok: true };
  } catch (error) {
    return { name: 'store', ok: false, reason: error instanceof MeshError ? error.message : describe(error) };
  }
}
