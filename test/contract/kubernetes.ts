import { beforeAll, describe } from 'vitest';
import { Client, type KubernetesUnderTest } from './kubernetes/api.ts';
import { customTests } from './kubernetes/custom.ts';
import { discoveryTests } from './kubernetes/discovery.ts';
import { listTests } from './kubernetes/list.ts';
import { watchTests } from './kubernetes/watch.ts';
import { writeTests } from './kubernetes/write.ts';

export type { ApiAnswer, ApiCall, ApiWatch, KubernetesUnderTest } from './kubernetes/api.ts';

/**
 * What the product relies on in a Kubernetes API, as the API Concepts and Server-Side Apply pages of Kubernetes and its API reference have it. Run on
 * the demo API and on a real kube-apiserver alike.
 */
export function describeKubernetes(name: string, setUp: () => KubernetesUnderTest | Promise<KubernetesUnderTest>): void {
  describe(`Kubernetes API: ${name}`, () => {
    let client: Client | undefined;
    beforeAll(async () => {
      client = new Client(await setUp());
    });
    const use = (): Client => {
      if (client === undefined) throw new Error('the API under test has not started');
      return client;
    };

    describe('discovery', () => discoveryTests(use));
    describe('get and list', () => listTests(use));
    describe('watch', () => watchTests(use));
    describe('writes', () => writeTests(use));
    describe('custom resources', () => customTests(use));
  });
}
