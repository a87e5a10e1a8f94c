import { type Field, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';
import { trafficPolicies } from '../destination-rules.ts';

/** Locality settings are taken by Istio and have what they need (istio, pkg/config/validation/agent: `ValidateLocalityLbSetting`). */
export const locality: Check = {
  name: 'locality',
  codes: ['MESH0203'],
  run(view, report) {
    for (const rule of view.rules.all) {
      for (const { field } of trafficPolicies(rule)) {
        const setting = field.at('loadBalancer', 'localityLbSetting');
        if (setting.exists) checkSetting(rule.object, setting, field.at('outlierDetection').exists, report);
      }
    }
  },
};

function checkSetting(object: KubeObject, setting: Field, detectsOutliers: boolean, report: Report): void {
  const [distribute, failover] = [setting.at('distribute'), setting.at('failover')];
  if (distribute.size > 0 && failover.size > 0) {
    const message = 'distribute and failover cannot stand side by side.';
    report({ object, field: setting, message, fix: 'Keep one; with distribute, give the other regions a share.' });
  }
  for (const entry of distribute.items) checkShares(object, entry.at('to'), report);
  for (const entry of failover.items) {
    const [from, to] = [entry.at('from').text ?? '', entry.at('to').text ?? ''];
    if (from === to) report({ object, field: entry, message: `Failover from ${quote(from)} to itself.`, fix: 'Name two regions.' });
    if (!/[/*]/.test(from + to)) continue;
    report({
      object,
      field: entry,
      message: 'Failover names regions only, without zones and wildcards.',
      fix: 'Write region1, not region1/zone1.',
    });
  }
  if (detectsOutliers || (failover.size === 0 && setting.at('failoverPriority').size === 0)) return;
  const message = 'Without outlierDetection no endpoint ever counts as failed, so nothing fails over.';
  report({ object, field: setting, message, fix: 'Add outlierDetection to the same trafficPolicy.', severity: 'warning' });
}

function checkShares(object: KubeObject, shares: Field, report: Report): void {
  let sum = 0;
  for (const [, field] of shares.entries) {
    const share = field.number ?? 0;
    sum += share;
    if (Number.isInteger(share) && share >= 1 && share <= 100) continue;
    report({ object, field, message: 'A share is a whole number from 1 to 100.', fix: 'Leave localities without traffic out.' });
    return;
  }
  if (sum !== 100) report({ object, field: shares, message: `The shares add up to ${sum}, and must to 100.`, fix: 'Correct the shares.' });
}
