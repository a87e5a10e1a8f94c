import { describe, expect, it } from 'vitest';
import { decodeUtf8 } from '../../../src/lib/utf8.ts';
import { TOOLS } from '../../../src/mcp/catalogue.ts';
import { homePage } from '../../../src/web/home.ts';

const page = (address: string): string => decodeUtf8(homePage('1.2.3', TOOLS)(address));

describe('the page at /', () => {
  it('has every tool once, in the group that it belongs to', () => {
    const text = page('http://127.0.0.1:8000');
    const groups = text.split('<h3>').slice(1);
    expect(groups.map((group) => group.slice(0, group.indexOf('<')))).toEqual([
      'Services and the mesh',
      'Who may call whom',
      'Changing the mesh',
      'The Petstore',
    ]);
    for (const { name, toolset } of TOOLS) {
      const home = groups[['graph', 'policy', 'change', 'petstore'].indexOf(toolset)];
      expect(home?.split(`<td><code>${name}</code></td>`), name).toHaveLength(2);
    }
    expect(text.match(/<tr><td><code>/g)).toHaveLength(TOOLS.length);
  });

  it('has lines to copy with the address by which it was called, and no way into the page for that', () => {
    expect(page('http://mesh.example.com:81')).toContain('"url": "http://mesh.example.com:81/v1/mcp"');
    expect(page('http://<b>"\'&')).not.toMatch(/<b>"|\{\{/);
  });

  it('loads nothing and runs nothing', () => {
    expect(page('http://127.0.0.1:8000')).not.toMatch(/<script|<link|<img|src=|@import|url\(/);
  });
});
