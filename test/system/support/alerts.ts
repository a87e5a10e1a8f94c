import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { run } from './process.ts';

/** A series as promtool's tests have them: its values a minute apart, `0+5x30` for 5 more each minute. */
export interface Series {
  readonly series: string;
  readonly values: string;
}

/** A counter that grows by so many a minute; nothing where it never counted, since such a series does not exist. */
export function counter(series: string, aMinute: number): readonly Series[] {
  return aMinute === 0 ? [] : [{ series, values: `0+${aMinute}x30` }];
}

/** How many rules Prometheus finds in them; throws in promtool's words where it does not take one. `rules` is the content of a file of rules. */
export async function checkedRules(folder: string, rules: unknown): Promise<number> {
  const file = join(folder, 'rules.yaml');
  writeFileSync(file, JSON.stringify(rules));
  const [, count] = /SUCCESS: (\d+) rules found/.exec(await run('promtool', ['check', 'rules', file])) ?? [];
  return Number(count);
}

/** The alerts that fire after a quarter of an hour of these series, as `name severity`, by Prometheus' own evaluation. Writes into `folder`. */
export async function firingAlerts(folder: string, rules: unknown, series: readonly Series[]): Promise<readonly string[]> {
  writeFileSync(join(folder, 'rules.yaml'), JSON.stringify(rules));
  const expr = 'count by (alertname, severity) (ALERTS{alertstate="firing"})';
  // promtool compares; what it finds in place of an answer that cannot be right is the answer.
  const exp_samples = [{ labels: '{alertname="none"}', value: -1 }];
  const tests = [{ interval: '1m', input_series: series, promql_expr_test: [{ expr, eval_time: '15m', exp_samples }] }];
  writeFileSync(join(folder, 'tests.yaml'), JSON.stringify({ rule_files: ['rules.yaml'], evaluation_interval: '1m', tests }));
  const report = await run('promtool', ['test', 'rules', join(folder, 'tests.yaml')]).catch(String);
  const [, got = ''] = /got:\s*([\s\S]*)/.exec(report) ?? [];
  expect(report).toContain('got:');
  return [...got.matchAll(/alertname="(\w+)", severity="(\w+)"/g)].map(([, name = '', severity = '']) => `${name} ${severity}`).sort();
}
