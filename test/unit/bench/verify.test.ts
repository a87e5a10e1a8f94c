import { describe, expect, it } from 'vitest';
import { messageText } from '../../../bench/verify.ts';

describe('messageText', () => {
  it.each([
    ['JSON', '{"id":1}'],
    ['an event', 'event: message\ndata: {"id":1}\n\n'],
    ['an event with CRLF, without a space', 'data:{"id":1}\r\n\r\n'],
    ['the last event that has data', ': hello\n\ndata: {"method":"x"}\n\nid: 3\ndata: {"id":1}\n\nid: 4\ndata:\n\n'],
  ])('takes the message out of %s', (_what, body) => {
    expect(JSON.parse(messageText(body))).toEqual({ id: 1 });
  });

  it('is empty where there is none', () => {
    expect(messageText(': only a comment\n\n')).toBe('');
  });
});
