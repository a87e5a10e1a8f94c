import type { Health } from '../graph/model.ts';
import { Field } from '../policy/objects/field.ts';
import type { KeptObject } from './kept.ts';
import { countWord } from './words.ts';

/** How a workload is by its own status. */
export interface WorkloadHealth {
  readonly health: Health;
  /** Replicas that are wanted, and that are ready. */
  readonly desired?: number;
  readonly ready?: number;
}

const UNKNOWN: WorkloadHealth = { health: 'unknown' };

/** Reads the status of the object that makes the pods; `unknown` without one, and for kinds whose status says nothing of replicas. */
export function healthOf(object: KeptObject | undefined): WorkloadHealth {
  if (object === undefined) return UNKNOWN;
  const spec = new Field(object.spec);
  const status = new Field(object.status);
  switch (object.kind) {
    case 'deployments':
    case 'statefulSets':
      // An absent count of replicas is one (kubernetes, pkg/apis/apps/v1: `SetDefaults_Deployment`, `SetDefaults_StatefulSet`).
      return status.isObject ? judge(countWord(spec.at('replicas').value) ?? 1, countWord(status.at('readyReplicas').value) ?? 0) : UNKNOWN;
    case 'daemonSets':
      return status.isObject
        ? judge(countWord(status.at('desiredNumberScheduled').value) ?? 0, countWord(status.at('numberReady').value) ?? 0)
        : UNKNOWN;
    case 'jobs':
      return jobHealth(spec, status);
    case 'cronJobs':
      return spec.at('suspend').value === true ? { health: 'scaled-to-zero' } : UNKNOWN;
    default:
      return UNKNOWN;
  }
}

/** Whether a Job has come to its end without failing: then it is no part of the mesh any more. */
export function isComplete(job: KeptObject): boolean {
  return hasCondition(new Field(job.status), 'Complete');
}

function jobHealth(spec: Field, status: Field): WorkloadHealth {
  if (hasCondition(status, 'Failed')) return { health: 'down' };
  if (spec.at('suspend').value === true) return { health: 'scaled-to-zero' };
  const active = countWord(status.at('active').value) ?? 0;
  return active === 0 ? UNKNOWN : judge(active, countWord(status.at('ready').value) ?? 0);
}

function judge(desired: number, ready: number): WorkloadHealth {
  const health = desired === 0 ? 'scaled-to-zero' : ready >= desired ? 'healthy' : ready === 0 ? 'down' : 'degraded';
  return { health, desired, ready };
}

function hasCondition(status: Field, type: string): boolean {
  return status.at('conditions').items.some((condition) => condition.at('type').value === type && condition.at('status').value === 'True');
}
