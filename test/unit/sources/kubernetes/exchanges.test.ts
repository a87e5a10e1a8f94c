import { describe, expect, it } from 'vitest';
import { PageAnswer } from '../../../../src/sources/kubernetes/answers.ts';
import { Exchanges } from '../../../../src/sources/kubernetes/exchanges.ts';
import { fakeClock, fakeHttp } from '../../../support/ports.ts';
import { broken, data, end, head, type Script, scriptedStreams } from '../../../support/streams.ts';

function start(script: Script, token: () => string = () => '') {
  const clock = fakeClock();
  const streams = scriptedStreams(clock, script);
  const http = fakeHttp(
    () => {
      throw new Error('nothing is sent beside the streams');
    },
    () => streams,
  );
  const heard: string[] = [];
  const exchanges = new Exchanges(http, clock, { baseUrl: 'http://api', token });
  const open = (keep = false) =>
    exchanges.open({
      request: ({ baseUrl, token: sent }) => ({ url: `${baseUrl}/x`, headers: [['authorization', sent]] }),
      timeoutMs: 1_000,
      maxBodyBytes: 1_000,
      reader: new PageAnswer(),
      take: (event, sent) => {
        heard.push(`${event.tag} ${sent}`);
        return keep;
      },
      over: () => heard.push('over'),
    });
  return { clock, streams, exchanges, heard, open };
}

describe('Exchanges', () => {
  it('leaves a stream of which no more is wanted, and says once that it is over', () => {
    const { streams, exchanges, heard, open } = start(() => [head(403), data('more', 10), end()]);
    open();
    exchanges.poll(5);
    expect(heard).toEqual(['refused ', 'over']);
    expect(streams.closed).toEqual([0]);
    expect(exchanges.count).toBe(0);
    exchanges.poll(100);
    expect(heard.length).toBe(2);
  });

  it('is over before its last result is heard, so that another can take its place', () => {
    const { streams, exchanges, heard, open } = start(() => [broken()]);
    open();
    exchanges.poll(5);
    expect(heard).toEqual(['over', 'refused ']);
    expect(streams.closed).toEqual([]);
  });

  it('reads a token once, and again only when the one that is known was refused', () => {
    const tokens = ['first', 'second', 'third'];
    const { streams, exchanges, open } = start(
      () => [broken()],
      () => tokens.shift() ?? '',
    );
    open();
    open();
    exchanges.renewToken('first');
    exchanges.renewToken('first');
    open();
    expect(streams.requests.map(({ headers }) => headers[0]?.[1])).toEqual(['first', 'first', 'second']);
    expect(tokens).toEqual(['third']);
  });

  it('sleeps where there is nothing to hear', () => {
    const { clock, exchanges } = start(() => []);
    exchanges.poll(250);
    exchanges.poll(0);
    expect(clock.slept).toBe(250);
  });

  it('counts what it sends and hears', () => {
    const { exchanges, open } = start(() => [head(200), data('four'), end()]);
    open();
    exchanges.poll(10);
    expect([exchanges.requests, exchanges.bytes, exchanges.demo]).toEqual([1, 4, false]);
  });
});
