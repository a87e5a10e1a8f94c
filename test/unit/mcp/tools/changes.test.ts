import { describe, expect, it } from 'vitest';
import { anonymous } from '../../../../src/access/anonymous.ts';
import type { Principal } from '../../../../src/access/principal.ts';
import { isObject } from '../../../../src/lib/json.ts';
import { SERVER } from '../../../../src/mcp/catalogue.ts';
import { serveMcp } from '../../../../src/mcp/http/endpoint.ts';
import { META } from '../../../../src/mcp/protocol/constants.ts';
import type { Tool } from '../../../../src/mcp/tool.ts';
import { applyAuthorizationPolicy } from '../../../../src/mcp/tools/apply_authorization_policy.ts';
import { applyHttpRoute } from '../../../../src/mcp/tools/apply_http_route.ts';
import { getChangeLog } from '../../../../src/mcp/tools/get_change_log.ts';
import { revertChange } from '../../../../src/mcp/tools/revert_change.ts';
import { shiftTraffic } from '../../../../src/mcp/tools/shift_traffic.ts';
import { bodyOf, incomingRequest, RecordingResponder } from '../../../support/exchange.ts';
import { statelessHeaders, statelessRequest } from '../../../support/mcp.ts';
import { ADMIN } from '../../../support/principals.ts';
import { ChangeWorld, FRESH, freshWith, TLS_AUTHENTICATIONS } from '../../change/support/change-world.ts';

const AT = `${TLS_AUTHENTICATIONS}/fresh`;

function ask(world: ChangeWorld, tool: Tool, args: object, principal: Principal = ADMIN) {
  return tool.call(args, { ports: world.ports, config: world.demo.config, principal, progress: () => {} });
}

/** Plans with a tool, and makes what it planned. */
function make(world: ChangeWorld, tool: Tool, args: object) {
  const { structured } = ask(world, tool, args);
  expect(structured).toMatchObject({ status: 'planned' });
  return ask(world, tool, { ...args, confirm: structured.confirm });
}

const ORDERS = {
  apiVersion: 'policy.linkerd.io/v1alpha1',
  kind: 'AuthorizationPolicy',
  metadata: { name: 'orders-callers', namespace: 'shop' },
};

describe('apply_authorization_policy', () => {
  it('plans in its first call and says so in plain words, with the token', () => {
    const { text, structured } = ask(new ChangeWorld(), applyAuthorizationPolicy, { manifest: FRESH });
    expect(text).toContain('DEMO DATA');
    expect(text).toContain('NOTHING WAS DONE YET');
    expect(text).toContain(`confirm: "${structured.confirm}"`);
    expect(text).toContain('+ spec: {"identities":');
    expect(structured).toMatchObject({
      status: 'planned',
      operation: 'create',
      object: 'shop/MeshTLSAuthentication.policy.linkerd.io/fresh',
      demo: true,
      omitted: 0,
    });
  });

  it('judges the effect on observed traffic, and blocks what would cut it', () => {
    const { text, structured } = ask(new ChangeWorld(), applyAuthorizationPolicy, { manifest: ORDERS, delete: true });
    expect(structured).toMatchObject({ status: 'blocked', effect: { judged: expect.any(Number), cutRps: expect.any(Number) } });
    expect(structured).not.toHaveProperty('confirm');
    expect(structured.impact).toContainEqual({
      id: 'shop/Deployment/checkout -> shop/Deployment/orders:8080',
      why: expect.any(String),
      accepted: false,
    });
    expect(text).toContain('NOT ACCEPTED: "shop/Deployment/checkout -> shop/Deployment/orders:8080": ');
  });

  it('takes no routes', () => {
    expect(() =>
      ask(new ChangeWorld(), applyAuthorizationPolicy, {
        manifest: { ...FRESH, apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
      }),
    ).toThrow(/must be of one of/);
  });
});

describe('the tools together', () => {
  it('make, list and take back', () => {
    const world = new ChangeWorld();
    const made = make(world, applyAuthorizationPolicy, { manifest: FRESH });
    expect(made.text).toContain('was created: change 1. To undo it, call revert_change with change: 1.');
    make(world, applyAuthorizationPolicy, { manifest: freshWith('*') });
    make(world, revertChange, { change: 2 });
    expect(world.live(AT)).toMatchObject({ spec: FRESH.spec });
    const { text, structured } = ask(world, getChangeLog, { limit: 2 });
    expect(structured.changes).toMatchObject([
      { change: 3, reverts: 2, tool: 'revert_change', outcome: 'made' },
      { change: 2, operation: 'update', diff: ['~ spec.identities[0]: "*.shop.serviceaccount.identity.linkerd.cluster.local" -> "*"'] },
    ]);
    expect(text).toContain('takes back 2');
    const older = ask(world, getChangeLog, { limit: 2, cursor: structured.nextCursor });
    expect(older.structured).toMatchObject({ changes: [{ change: 1 }] });
    expect(older.structured).not.toHaveProperty('nextCursor');
    expect(ask(world, getChangeLog, { namespace: 'bank' }).structured).toEqual({ changes: [] });
    expect(() => ask(world, getChangeLog, { limit: 2, namespace: 'shop', cursor: structured.nextCursor })).toThrow(/cursor/);
  });

  it('show of the log only what somebody may see', () => {
    const world = new ChangeWorld();
    make(world, applyAuthorizationPolicy, { manifest: FRESH });
    const elsewhere: Principal = { ...anonymous('none'), grants: [{ role: 'viewer', namespaces: ['bank'] }] };
    expect(ask(world, getChangeLog, {}, elsewhere).structured).toEqual({ changes: [] });
  });

  it('move traffic, and change routes', () => {
    const world = new ChangeWorld();
    const shift = {
      namespace: 'shop',
      kind: 'HTTPRoute.gateway.networking.k8s.io',
      name: 'checkout',
      weights: [
        { target: 'checkout', weight: 1 },
        { target: 'checkout-canary', weight: 1 },
      ],
      step: 20,
      force: true,
    };
    expect(make(world, shiftTraffic, shift).text).toContain('rules[0]: checkout 90, checkout-canary 10 -> checkout 70, checkout-canary 30');
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'fresh', namespace: 'shop' },
      spec: { parentRefs: [{ group: '', kind: 'Service', name: 'catalog', port: 80 }] },
    };
    expect(make(world, applyHttpRoute, { manifest: route }).structured).toMatchObject({ status: 'made', operation: 'create' });
    expect(make(world, applyHttpRoute, { manifest: route, delete: true }).structured).toMatchObject({
      status: 'made',
      operation: 'delete',
    });
  });

  it('stay within the size of an answer', () => {
    const world = new ChangeWorld({ MAX_ANSWER_CHARACTERS: '4000' });
    const manifest = freshWith(...Array.from({ length: 50 }, (_, place) => `${'x'.repeat(120)}${place}.example.com`));
    const { text, structured } = ask(world, applyAuthorizationPolicy, { manifest });
    expect(text.length).toBeLessThanOrEqual(4_000);
    expect(JSON.stringify(structured).length).toBeLessThanOrEqual(4_000);
    expect(structured.omitted).toBeGreaterThan(20);
    expect(structured.confirm).toBeDefined();
  });
});

describe('a client that can ask its user', () => {
  const call = (world: ChangeWorld, params: object, capabilities: object = { elicitation: {} }) => {
    const responder = new RecordingResponder();
    const request = statelessRequest(
      'tools/call',
      { name: 'apply_authorization_policy', arguments: { manifest: FRESH }, ...params },
      { [META.clientCapabilities]: capabilities },
    );
    serveMcp(
      incomingRequest({
        headers: [
          ['content-type', 'application/json'],
          ['accept', 'application/json'],
          ...statelessHeaders('tools/call', 'apply_authorization_policy'),
        ],
        body: JSON.stringify(request),
      }),
      responder,
      SERVER,
      { ports: world.ports, config: world.demo.config, principal: ADMIN, requestId: 'r-1' },
    );
    const message: unknown = JSON.parse(bodyOf(responder.response));
    return isObject(message) && isObject(message.result) ? message.result : {};
  };

  const changing = () => new ChangeWorld({ TOOLSETS: 'change' });

  it('is asked to show the diff, and makes the change when the user says yes', () => {
    const world = changing();
    const asked = call(world, {});
    expect(asked).toMatchObject({
      resultType: 'input_required',
      requestState: expect.stringMatching(/^1-/),
      inputRequests: {
        confirm: {
          method: 'elicitation/create',
          params: { mode: 'form', message: expect.stringContaining('+ spec: {"identities":'), requestedSchema: { required: ['make'] } },
        },
      },
    });
    expect(JSON.stringify(asked.inputRequests)).not.toContain(String(asked.requestState));
    expect(world.live(AT)).toBeUndefined();
    const made = call(world, {
      requestState: asked.requestState,
      inputResponses: { confirm: { action: 'accept', content: { make: true } } },
    });
    expect(made).toMatchObject({ resultType: 'complete', structuredContent: { status: 'made' } });
    expect(world.live(AT)).toBeDefined();
  });

  it.each([
    { action: 'decline' },
    { action: 'cancel' },
    { action: 'accept', content: { make: false } },
    { action: 'accept' },
    'yes',
    undefined,
  ])('changes nothing when the answer is %j', (confirm) => {
    const world = changing();
    const asked = call(world, {});
    const answered = call(world, { requestState: asked.requestState, inputResponses: { confirm } });
    expect(answered).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('did not confirm') }] });
    expect(world.live(AT)).toBeUndefined();
  });

  it('cannot change the arguments, nor the state', () => {
    const world = changing();
    const yes = { confirm: { action: 'accept', content: { make: true } } };
    const asked = call(world, {});
    expect(call(world, { arguments: { manifest: freshWith('*') }, requestState: asked.requestState, inputResponses: yes })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('not those that the token was given for') }],
    });
    expect(call(world, { requestState: `${asked.requestState}0`, inputResponses: yes })).toMatchObject({ isError: true });
    expect(world.live(AT)).toBeUndefined();
  });

  it.each([{}, { elicitation: { url: {} } }])('is not asked where it can show no form: %j', (capabilities) => {
    expect(call(changing(), {}, capabilities)).toMatchObject({ resultType: 'complete', structuredContent: { status: 'planned' } });
  });

  it('may pass the token itself', () => {
    const world = changing();
    const planned = call(world, {}, {});
    const confirm = isObject(planned.structuredContent) ? planned.structuredContent.confirm : undefined;
    expect(call(world, { arguments: { manifest: FRESH, confirm } })).toMatchObject({ structuredContent: { status: 'made' } });
  });

  it('is told what is wrong rather than asked', () => {
    expect(call(changing(), { arguments: { manifest: { ...FRESH, kind: 'Secret' } } })).toMatchObject({ isError: true });
  });
});

describe('the toolset', () => {
  it('is off unless it is asked for', () => {
    expect(new ChangeWorld({}, { collected: false }).demo.config.toolsets).not.toContain('change');
  });
});
