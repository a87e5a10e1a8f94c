import { TOOLS } from '../../src/mcp/catalogue.ts';
import type { ToolDefinition } from './peer.ts';

/** The product's tool list, which every peer offers too. */
export const DEFINITIONS: readonly ToolDefinition[] = TOOLS.map(({ name, title, description, inputSchema, outputSchema, annotations }) => ({
  name,
  title,
  description,
  inputSchema: { ...inputSchema, type: 'object' },
  outputSchema: { ...outputSchema, type: 'object' },
  annotations,
}));
