import { describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/access/principal.ts';
import { MAX_PREVIOUS_CHARACTERS, readLog } from '../../../src/change/change-log.ts';
import { appliedConfig } from '../../../src/change/ownership.ts';
import { revertible } from '../../../src/change/revert.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { applying, ChangeWorld, FRESH, failure, freshWith, ROUTES, TLS_AUTHENTICATIONS } from './support/change-world.ts';

const AT = `${TLS_AUTHENTICATIONS}/fresh`;

describe('taking a change back', () => {
  it('deletes what it made', () => {
    const world = new ChangeWorld();
    const made = world.make(applying(FRESH));
    const report = world.make(world.revert(made.change ?? 0));
    expect(report).toMatchObject({ status: 'made', operation: 'delete' });
    expect(world.live(AT)).toBeUndefined();
    expect(readLog(world.ports, { below: undefined, limit: 1, passes: () => true }).records).toMatchObject([
      { reverts: made.change, operation: 'delete' },
    ]);
  });

  it('restores what it changed', () => {
    const world = new ChangeWorld();
    world.make(applying(FRESH));
    const changed = world.make(
      applying({ ...freshWith('a', 'b'), metadata: { name: 'fresh', namespace: 'shop', annotations: { new: 'yes' } } }),
    );
    expect(world.live(AT)).toMatchObject({ spec: { identities: ['a', 'b'] }, metadata: { annotations: { new: 'yes' } } });
    world.make(world.revert(changed.change ?? 0));
    expect(world.live(AT)).toMatchObject({ spec: FRESH.spec, metadata: { labels: { team: 'shop' } } });
    expect(world.live(AT)).not.toHaveProperty('metadata.annotations');
  });

  it('re-creates what it deleted', () => {
    const world = new ChangeWorld();
    world.make(applying(FRESH));
    const gone = world.make(applying(FRESH, { delete: true }));
    expect(world.make(world.revert(gone.change ?? 0))).toMatchObject({ operation: 'create' });
    expect(world.live(AT)).toMatchObject({ spec: FRESH.spec, metadata: { labels: { team: 'shop' } } });
  });

  it('is refused where it would cut, as any other change', () => {
    const world = new ChangeWorld();
    const route = (...backends: readonly string[]): JsonObject => ({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'fresh', namespace: 'shop' },
      spec: {
        parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' }],
        rules: [{ backendRefs: backends.map((name) => ({ group: '', kind: 'Service', name, port: 80, weight: 1 })) }],
      },
    });
    const made = world.make(applying(route('nowhere'), { acceptImpact: ['shop/Service/nowhere'] }));
    expect(world.run(world.revert(made.change ?? 0))).toMatchObject({ status: 'blocked', open: [{ id: 'gateway' }] });
    const mended = world.make(applying(route('catalog')));
    expect(world.run(world.revert(mended.change ?? 0))).toMatchObject({ status: 'blocked', open: [{ id: 'shop/Service/nowhere' }] });
  });

  it('says nothing of changes in namespaces that the caller may not view', () => {
    const world = new ChangeWorld();
    const made = world.make(applying(FRESH));
    const elsewhere: Principal = { name: 'somebody', via: 'token', groups: [], grants: [{ role: 'admin', namespaces: ['bank'] }] };
    const known = failure(() => revertible(world.ports, made.change ?? 0, elsewhere));
    expect(known).toBe(failure(() => revertible(world.ports, 77, elsewhere)).replace('77', '1'));
    expect(known).not.toContain('shop');
  });

  it('can itself be taken back', () => {
    const world = new ChangeWorld();
    const made = world.make(applying(FRESH));
    const undone = world.make(world.revert(made.change ?? 0));
    world.make(world.revert(undone.change ?? 0));
    expect(world.live(AT)).toMatchObject({ spec: FRESH.spec });
  });

  it('takes no more from others than was taken before', () => {
    const world = new ChangeWorld();
    const manifest = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'checkout', namespace: 'shop' },
      spec: { hostnames: ['a.example.com'] },
    };
    const changed = world.make(applying(manifest));
    world.make(world.revert(changed.change ?? 0));
    const live = world.live(`${ROUTES}/checkout`);
    expect(live).not.toHaveProperty('spec.hostnames');
    expect(live === undefined ? undefined : appliedConfig(live)).toEqual({});
  });

  it('says that the object has changed since', () => {
    const world = new ChangeWorld();
    const made = world.make(applying(FRESH));
    expect(world.run(world.revert(made.change ?? 0)).notes.join()).not.toContain('has changed since');
    world.otherApplies(AT, { ...FRESH, metadata: { name: 'fresh', namespace: 'shop', labels: { other: 'yes' } } });
    expect(world.run(world.revert(made.change ?? 0)).notes.join()).toContain('has changed since');
  });

  it('is refused for what is not known, was refused, is undone, or was too large', () => {
    const world = new ChangeWorld();
    expect(failure(() => world.revert(1))).toMatch(/^invalid: Change 1 is not, or no longer, in the change log/);
    const made = world.make(applying(FRESH));
    world.make(world.revert(made.change ?? 0));
    expect(failure(() => world.run(world.revert(made.change ?? 0)))).toMatch(/^invalid: .*has been taken back already/);
    const big = freshWith(...Array.from({ length: MAX_PREVIOUS_CHARACTERS / 40 }, (_, place) => `${'x'.repeat(60)}${place}`));
    world.otherApplies(AT, big);
    const report = world.make(applying(FRESH, { delete: true }));
    expect(report.notes.join()).toContain('too large to be kept');
    expect(failure(() => world.revert(report.change ?? 0))).toMatch(/^invalid: .*too large to be kept/);
  });
});
