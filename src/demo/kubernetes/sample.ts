import { BANK } from './sample/bank.ts';
import type { SampleNamespace } from './sample/model.ts';
import { DEFAULT, ISTIO_SYSTEM, KUBE_SYSTEM, LEGACY, LINKERD } from './sample/platform.ts';
import { SHOP } from './sample/shop.ts';
import { WEATHER } from './sample/weather.ts';

export type { SampleNamespace, SamplePort, SampleService, SampleWorkload } from './sample/model.ts';

/** A cluster with two meshes and some trouble to find; each namespace says what. */
export const SAMPLE: readonly SampleNamespace[] = [DEFAULT, KUBE_SYSTEM, LINKERD, SHOP, ISTIO_SYSTEM, BANK, WEATHER, LEGACY];
