import type { JsonObject } from '../../../lib/json.ts';
import { asText, at } from '../json.ts';
import type { SampleCronJob } from '../sample/model.ts';
import { suffixFor } from '../stored.ts';
import { type Made, makeMetadata, ownedBy } from './metadata.ts';
import { makePod } from './pods.ts';

/** The times of the last two runs, in minutes since 1970, which is what the CronJob controller names its Jobs by. */
const LAST_RUN = Date.parse('2026-01-05T10:00:00Z') / 60_000;
const THIS_RUN = Date.parse('2026-01-05T10:30:00Z') / 60_000;

const time = (minutes: number) => new Date(minutes * 60_000).toISOString().replace('.000Z', 'Z');

/** A CronJob, its last Job, and the one that is running, with its pod. */
export function makeJobs(namespace: string, { name, schedule, mesh }: SampleCronJob): Made[] {
  const podSpec: JsonObject = {
    serviceAccountName: name,
    restartPolicy: 'Never',
    containers: [{ name: 'app', image: `demo.example.com/${name}:1.0.0` }],
  };
  const template: JsonObject = { metadata: { labels: { app: name } }, spec: podSpec };
  const cronJob: Made = {
    resource: 'cronjobs',
    object: {
      metadata: makeMetadata('cronjobs', namespace, name, { labels: { app: name } }),
      spec: { schedule, concurrencyPolicy: 'Forbid', jobTemplate: { spec: { template } } },
      status: { lastScheduleTime: time(THIS_RUN), lastSuccessfulTime: time(LAST_RUN + 2) },
    },
  };
  const job = (run: number, status: JsonObject): Made => ({
    resource: 'jobs',
    object: {
      metadata: makeMetadata('jobs', namespace, `${name}-${run}`, { labels: { app: name }, ...ownedBy(cronJob) }),
      spec: { parallelism: 1, completions: 1, backoffLimit: 6, template },
      status: { startTime: time(run), ...status },
    },
  });
  const done = { type: 'Complete', status: 'True', lastProbeTime: time(LAST_RUN + 2), lastTransitionTime: time(LAST_RUN + 2) };
  const successful = {
    type: 'SuccessCriteriaMet',
    status: 'True',
    lastProbeTime: time(LAST_RUN + 2),
    lastTransitionTime: time(LAST_RUN + 2),
  };
  const last = job(LAST_RUN, { succeeded: 1, completionTime: time(LAST_RUN + 2), conditions: [successful, done] });
  const running = job(THIS_RUN, { active: 1, ready: 1 });
  const jobName = asText(at(running.object, 'metadata', 'name')) ?? '';
  const labels = { app: name, 'batch.kubernetes.io/job-name': jobName };
  const podName = `${jobName}-${suffixFor(`pod ${namespace}/${jobName}`, 5)}`;
  const pod = makePod(namespace, podName, { labels, annotations: {}, spec: podSpec }, { mesh, owner: running, node: 0, state: 'ready' });
  return [cronJob, last, running, pod];
}
