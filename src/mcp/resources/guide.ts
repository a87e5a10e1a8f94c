import type { Toolset } from '../../config.ts';
import type { Resource } from './resource.ts';

/** A question that people bring, and the tools that answer it, in the order to call them. */
export interface GuideEntry {
  readonly toolset: Toolset;
  readonly question: string;
  readonly tools: readonly string[];
}

/** What the guide says. Every tool named here must exist: a test holds it against the catalogue. */
export const GUIDE: readonly GuideEntry[] = [
  { toolset: 'graph', question: 'Who talks to whom in the mesh, and how well does it go?', tools: ['get_mesh_graph'] },
  { toolset: 'graph', question: 'What is wrong in the mesh?', tools: ['get_mesh_graph', 'get_service'] },
  {
    toolset: 'graph',
    question: 'Who calls this service, how does it do, and which routes and policies hold there?',
    tools: ['get_service'],
  },
  { toolset: 'graph', question: 'Where do latency or errors come from? What would an outage hit?', tools: ['get_call_graph'] },
  { toolset: 'graph', question: 'Which traffic is not encrypted, or comes from outside of the mesh?', tools: ['get_mesh_graph'] },
  { toolset: 'graph', question: 'Did a change have the effect that was wanted?', tools: ['watch_mesh_graph', 'get_service'] },
  { toolset: 'graph', question: 'What changed since I last looked?', tools: ['watch_mesh_graph'] },
  { toolset: 'graph', question: 'Which services run in a namespace, and which of them are in the mesh?', tools: ['list_services'] },
  { toolset: 'graph', question: 'Is a workload meshed by Linkerd, by Istio, or not at all?', tools: ['list_services'] },
  { toolset: 'policy', question: 'May A call B? Which policy decides, and what else does it depend on?', tools: ['check_access'] },
  { toolset: 'policy', question: 'Who may call this service, and who of its callers may not?', tools: ['check_access'] },
  { toolset: 'policy', question: 'Which policies are there, what do they select, which do nothing?', tools: ['list_policies'] },
  { toolset: 'policy', question: 'Why does a route or a policy not do what it says?', tools: ['analyze_mesh_config'] },
  {
    toolset: 'policy',
    question: 'How do I let in only those who really call a service?',
    tools: ['suggest_authorization_policy', 'simulate_policy'],
  },
  { toolset: 'policy', question: 'What would a policy cut off?', tools: ['simulate_policy'] },
  { toolset: 'change', question: 'How do I let somebody in, or shut somebody out?', tools: ['apply_authorization_policy'] },
  { toolset: 'change', question: 'How do I change where calls go?', tools: ['apply_http_route'] },
  { toolset: 'change', question: 'How do I move traffic to a new version, step by step?', tools: ['shift_traffic'] },
  { toolset: 'change', question: 'What was changed, by whom, and how do I take it back?', tools: ['get_change_log', 'revert_change'] },
  { toolset: 'petstore', question: 'Which pets are for sale?', tools: ['get_pet_find_by_status'] },
  { toolset: 'petstore', question: 'Which pets carry a tag?', tools: ['get_pet_find_by_tags'] },
  { toolset: 'petstore', question: 'How many pets are there in each status?', tools: ['get_store_inventory'] },
  { toolset: 'petstore', question: 'What is known about one pet?', tools: ['get_pet_pet_id'] },
  { toolset: 'petstore', question: 'How do I add a pet with a picture?', tools: ['post_pet', 'post_pet_pet_id_upload_image'] },
  { toolset: 'petstore', question: 'How do I order a pet, and follow the order?', tools: ['post_store_order', 'get_store_order_order_id'] },
  { toolset: 'petstore', question: 'Who is this user?', tools: ['get_user_username'] },
];

/** What each group of tools is about, for a reader. */
export const HEADINGS: Readonly<Record<Toolset, string>> = {
  graph: 'Services and the mesh',
  policy: 'Who may call whom',
  change: 'Changing the mesh',
  petstore: 'The Petstore',
};

const SECTIONS: readonly { readonly toolset: Toolset; readonly text: string }[] = (['graph', 'policy', 'change', 'petstore'] as const).map(
  (toolset) => ({
    toolset,
    text: [
      `## ${HEADINGS[toolset]}`,
      '',
      '| question | tools, in order |',
      '|---|---|',
      ...GUIDE.filter((entry) => entry.toolset === toolset).map(
        ({ question, tools }) => `| ${question} | ${tools.map((tool) => `\`${tool}\``).join(', then ')} |`,
      ),
    ].join('\n'),
  }),
);

const READING_ANSWERS = `## Reading answers

- A failed call is a result marked as an error. Its text says what to do; \`_meta\` has a code: \`invalid\` (change the arguments), \`denied\` (a right is
  missing), \`unavailable\` (try again later), \`conflict\` (read again, then retry), \`internal\` (a defect, with an id for the log).
- A text that was cut says so at its end. Ask for less at a time to see the rest.
- Answers about the mesh say of which \`generation\` they are and since when it stands (\`asOf\`). \`synced: false\`: the cluster is not wholly watched at the moment.
  \`stale\`: since when something is older than it should be, and why. \`notes\`: what is missing. \`demo: true\`: sample data.
- Nodes are named \`namespace/Kind/name\`, a Service \`namespace/Service/name\`, a host outside of the cluster \`external/host:port\`. \`unmeshed\` are callers outside of every
  mesh, whom no metric names. Rates are per second, shares from 0 to 1, latencies in milliseconds; all have two significant digits.
- A tool that changes the mesh says in \`status\` what became of it: \`planned\` (nothing yet: show it, then repeat the call with \`confirm\`), \`blocked\` (nothing: what it
  would cut has to be named in \`accept_impact\`), \`made\` (with its number, for \`revert_change\`), \`unchanged\`, \`unknown\`.
- A short answer is short on purpose: pass its \`nextCursor\` as \`cursor\`, or a \`limit\`, for more.`;

/** Which tool answers which question; the toolsets that are switched off are left out. */
export const guide: Resource = {
  uri: 'mesh-mcp://guide',
  name: 'guide',
  title: 'Which tool answers which question',
  description:
    'A table from questions about services, the mesh and the Petstore to the tools that answer them, and how to read their answers.',
  mimeType: 'text/markdown',
  cache: { ttlMs: 300_000, cacheScope: 'public' },
  read: ({ config }) => ({
    text: [
      '# Guide to mesh-mcp',
      ...SECTIONS.filter(({ toolset }) => config.toolsets.includes(toolset)).map(({ text }) => text),
      READING_ANSWERS,
    ].join('\n\n'),
  }),
};
