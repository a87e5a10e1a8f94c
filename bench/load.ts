import { execFile } from 'node:child_process';
import type { Pace } from './arguments.ts';
import { bodyOf, CALLED_TOOL, CONNECTIONS, headersOf, type Level, type OperationName, PROTOCOL_VERSION, REQUEST_ID } from './operations.ts';

/** What the load tool measured; bench/go/load/main.go says what each figure is. */
export interface LoadReport {
  readonly requests: number;
  readonly errors: number;
  readonly errorSamples: readonly string[] | null;
  readonly seconds: number;
  readonly requestsPerSecond: number;
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
  readonly dials: number;
  readonly fullReads: number;
  readonly bodyBytes: number;
}

export interface Target {
  /** The load tool's program. */
  readonly program: string;
  readonly url: string;
  /** How many tools the server lists. */
  readonly tools: number;
}

/** What the load tool looks for in the message itself; bench/verify.ts has read the whole of one before. */
const EXPECTED_WORDS: Readonly<Record<OperationName, readonly string[]>> = {
  initialize: [PROTOCOL_VERSION],
  'tools/list': [CALLED_TOOL],
  'tools/call, local': ['available', 'pending', 'sold'],
  'tools/call, Petstore': ['structuredContent', 'available'],
};

/** Runs the load tool once. Throws when so much as one answer was wrong: what is not right is not timed. */
export async function measure(target: Target, operation: OperationName, level: Level, pace: Pace): Promise<LoadReport> {
  const plan = {
    url: target.url,
    headers: headersOf(operation),
    body: bodyOf(operation),
    expect: {
      id: REQUEST_ID,
      isError: operation === 'tools/call, local',
      tools: operation === 'tools/list' ? target.tools : 0,
      contains: EXPECTED_WORDS[operation],
    },
    connections: CONNECTIONS[level],
    warmUpMs: pace.warmUpMs,
    durationMs: pace.durationMs,
    maxRequests: 0,
  };
  const output = await runWithInput(target.program, JSON.stringify(plan));
  // Written by our own tool.
  const report = JSON.parse(output) as LoadReport;
  if (report.errors > 0 || report.requests === 0) {
    throw new Error(
      `${operation}, ${level}: ${report.errors} errors in ${report.requests} good answers; ${report.errorSamples?.join('; ')}`,
    );
  }
  return report;
}

function runWithInput(program: string, input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`the load tool failed: ${stderr.trim() || error.message}`));
    });
    child.stdin?.end(input);
  });
}
