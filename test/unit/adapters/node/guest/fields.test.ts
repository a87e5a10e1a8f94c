import { describe, expect, it } from 'vitest';
import { Fields } from '../../../../../src/adapters/node/guest/fields.ts';
import { witErrorOf } from './line.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

describe('fields', () => {
  it('keep order, repetitions and bytes, and find names without case', () => {
    const fields = Fields.fromList([
      ['Accept', bytes('a')],
      ['x-ä'.replace('ä', 'a'), bytes('\u00e4')],
      ['accept', bytes('b')],
    ]);
    expect(fields.get('ACCEPT')).toEqual([bytes('a'), bytes('b')]);
    expect(Fields.wire(fields).map(([name]) => name)).toEqual(['accept', 'x-a', 'accept']);
    fields.set('accept', [bytes('c')]);
    expect(fields.entries()).toEqual([
      ['x-a', bytes('\u00e4')],
      ['accept', bytes('c')],
    ]);
    fields.delete('Accept');
    expect(fields.has('accept')).toBe(false);
  });

  it.each(['', 'a b', 'a:', 'ä', 'a\r\n'])('refuse the name %j', (name) => {
    expect(witErrorOf(() => new Fields().append(name, bytes('x')))).toEqual({ tag: 'invalid-syntax' });
  });

  it.each(['a\nb', 'a\rb', '\0', '\x7f'])('refuse the value %j', (value) => {
    expect(witErrorOf(() => Fields.fromList([['a', bytes(value)]]))).toEqual({ tag: 'invalid-syntax' });
    expect(witErrorOf(() => new Fields().set('a', [bytes('good'), bytes(value)]))).toEqual({ tag: 'invalid-syntax' });
  });

  it.each(['Host', 'connection', 'Transfer-Encoding', 'upgrade', 'keep-alive'])('leave %s to the host', (name) => {
    expect(witErrorOf(() => new Fields().append(name, bytes('x')))).toEqual({ tag: 'forbidden' });
    expect(Fields.received([[name.toLowerCase(), bytes('x')]]).entries()).toEqual([]);
  });

  it('that came from outside cannot be changed, their copies can', () => {
    const received = Fields.received([['a', bytes('1')]]);
    expect(witErrorOf(() => received.append('b', bytes('2')))).toEqual({ tag: 'immutable' });
    expect(witErrorOf(() => received.delete('a'))).toEqual({ tag: 'immutable' });
    const copy = received.clone();
    copy.append('b', bytes('2'));
    expect(copy.has('b')).toBe(true);
    expect(received.has('b')).toBe(false);
  });
});
