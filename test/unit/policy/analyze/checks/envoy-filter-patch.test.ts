import { envoyFilterPatch } from '../../../../../src/policy/analyze/checks/envoy-filter-patch.ts';
import { describeCheck } from '../describe-check.ts';
import { envoyFilter, worldWith } from '../world.ts';

describeCheck(envoyFilterPatch, [
  ['nothing', worldWith(envoyFilter('e', {})), ['warning MESH0601 EnvoyFilter shop/e spec.configPatches']],
  [
    'without applyTo, patch, operation, value',
    worldWith(
      envoyFilter('e', {
        priority: 1,
        configPatches: [
          {
            patch: {
              operation: 'INSERT_BEFORE',
              value: { name: 'x', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua' } },
            },
          },
          { applyTo: 'CLUSTER' },
          { applyTo: 'CLUSTER', patch: { value: {} } },
          { applyTo: 'CLUSTER', patch: { operation: 'MERGE' } },
        ],
      }),
    ),
    [
      'error MESH0601 EnvoyFilter shop/e spec.configPatches[0]',
      'error MESH0601 EnvoyFilter shop/e spec.configPatches[1]',
      'error MESH0601 EnvoyFilter shop/e spec.configPatches[2].patch',
      'error MESH0601 EnvoyFilter shop/e spec.configPatches[3].patch',
    ],
  ],
  [
    'a filter without a name and a type',
    worldWith(
      envoyFilter('e', { priority: 1, configPatches: [{ applyTo: 'HTTP_FILTER', patch: { operation: 'INSERT_FIRST', value: { a: 1 } } }] }),
    ),
    [
      'error MESH0601 EnvoyFilter shop/e spec.configPatches[0].patch.value',
      'error MESH0601 EnvoyFilter shop/e spec.configPatches[0].patch.value',
    ],
  ],
  [
    'types that are none',
    worldWith(
      envoyFilter('e', {
        priority: 1,
        configPatches: [
          ...[{ a: 1 }, { '@type': 'envoy.x' }, { '@type': 'type.googleapis.com/envoy.config.filter.http.lua.v2.Lua' }].map(
            (typed_config) => ({ applyTo: 'HTTP_FILTER', patch: { operation: 'INSERT_FIRST', value: { name: 'x', typed_config } } }),
          ),
        ],
      }),
    ),
    [
      'error MESH0601 EnvoyFilter shop/e spec.configPatches[0].patch.value.typed_config',
      'error MESH0601 EnvoyFilter shop/e spec.configPatches[1].patch.value.typed_config["@type"]',
      'error MESH0601 EnvoyFilter shop/e spec.configPatches[2].patch.value.typed_config["@type"]',
    ],
  ],
  [
    'a match of another class',
    worldWith(
      envoyFilter('e', {
        priority: 1,
        configPatches: [
          {
            applyTo: 'HTTP_FILTER',
            match: { cluster: {} },
            patch: {
              operation: 'INSERT_BEFORE',
              value: { name: 'x', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua' } },
            },
          },
          { applyTo: 'VIRTUAL_HOST', match: { listener: {} }, patch: { operation: 'MERGE', value: {} } },
        ],
      }),
    ),
    [
      'error MESH0601 EnvoyFilter shop/e spec.configPatches[0].match.cluster',
      'error MESH0601 EnvoyFilter shop/e spec.configPatches[1].match.listener',
    ],
  ],
  [
    'filters by no name, by an old one, inside what has none',
    worldWith(
      envoyFilter('e', {
        priority: 1,
        configPatches: [
          {
            applyTo: 'HTTP_FILTER',
            match: { listener: { filterChain: { filter: { subFilter: { name: 'envoy.router' } } } } },
            patch: {
              operation: 'INSERT_BEFORE',
              value: { name: 'x', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua' } },
            },
          },
          {
            applyTo: 'NETWORK_FILTER',
            match: { listener: { filterChain: { filter: { name: 'x', subFilter: { name: 'y' } } } } },
            patch: {
              operation: 'INSERT_BEFORE',
              value: { name: 'x', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua' } },
            },
          },
        ],
      }),
    ),
    [
      'error MESH0601 EnvoyFilter shop/e spec.configPatches[0].match.listener.filterChain.filter',
      'error MESH0601 EnvoyFilter shop/e spec.configPatches[1].match.listener.filterChain.filter.subFilter',
      'warning MESH0601 EnvoyFilter shop/e spec.configPatches[0].match.listener.filterChain.filter.subFilter.name',
    ],
  ],
  [
    'a whole patch',
    worldWith(
      envoyFilter('e', {
        priority: 1,
        configPatches: [
          {
            applyTo: 'HTTP_FILTER',
            match: {
              context: 'SIDECAR_INBOUND',
              listener: {
                filterChain: {
                  filter: { name: 'envoy.filters.network.http_connection_manager', subFilter: { name: 'envoy.filters.http.router' } },
                },
              },
            },
            patch: {
              operation: 'INSERT_BEFORE',
              value: { name: 'x', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua' } },
            },
          },
          { applyTo: 'CLUSTER', patch: { operation: 'REMOVE' } },
        ],
      }),
    ),
    [],
  ],
]);
