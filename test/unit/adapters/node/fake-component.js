// Stands in for what jco writes: a component in plain JavaScript, so that its host can be tested with behaviour that no honest component shows.
export function instantiate(_core, imports) {
  const { Fields, OutgoingResponse, OutgoingBody, ResponseOutparam } = imports['wasi:http/types'];
  const { subscribeDuration } = imports['wasi:clocks/monotonic-clock'];
  const encode = (text) => new TextEncoder().encode(text);
  let served = 0;

  const respond = (out, status, headers = []) => {
    const response = new OutgoingResponse(Fields.fromList(headers.map(([name, value]) => [name, encode(value)])));
    response.setStatusCode(status);
    const body = response.body();
    const stream = body.write();
    ResponseOutparam.set(out, { tag: 'ok', val: response });
    return {
      write: (text) => stream.blockingWriteAndFlush(encode(text)),
      end: () => OutgoingBody.finish(body, undefined),
      drop: () => body[Symbol.dispose](),
    };
  };
  const say = (out, text) => {
    const answer = respond(out, 200);
    answer.write(text);
    answer.end();
  };

  const routes = {
    '/served': (out) => say(out, String(++served)),
    '/environment': (out) => {
      const { getEnvironment, getArguments } = imports['wasi:cli/environment'];
      say(out, JSON.stringify({ environment: getEnvironment(), arguments: getArguments(), process: Object.keys(process.env) }));
    },
    '/option': (out, query) => say(out, imports['wasi:config/store'].get(query) ?? 'none'),
    '/wait': (out, query) => {
      subscribeDuration(BigInt(query) * 1_000_000n).block();
      say(out, 'waited');
    },
    // Waits until the test puts something under the key, never long without a look.
    '/until': (out, query) => {
      const bucket = imports['wasi:keyvalue/store'].open('');
      while (!bucket.exists(query)) subscribeDuration(20_000_000n).block();
      say(out, 'released');
    },
    '/hang': () => {
      for (;;);
    },
    '/trap': () => {
      throw new Error('on purpose');
    },
    '/exit': () => imports['wasi:cli/exit'].exit({ tag: 'err' }),
    '/die': () => process.exit(3),
    '/nothing': () => {},
    '/refuse': (out) => ResponseOutparam.set(out, { tag: 'err', val: { tag: 'HTTP-protocol-error' } }),
    '/trap-in-the-middle': (out) => {
      respond(out, 200, [['content-type', 'text/plain']]).write('half');
      throw new Error('on purpose');
    },
    '/drop-in-the-middle': (out) => {
      const answer = respond(out, 200);
      answer.write('half');
      answer.drop();
    },
    '/too-short': (out) => {
      const answer = respond(out, 200, [['content-length', '10']]);
      answer.write('half');
      answer.end();
    },
    '/after': (out) => {
      say(out, 'answered');
      imports['wasi:keyvalue/store'].open('').set('after', encode('done'));
    },
    // Has its answer out, and never comes to its end.
    '/linger': (out) => {
      say(out, 'answered');
      subscribeDuration(60_000_000_000n).block();
    },
    '/read': (out, query) => {
      const value = imports['wasi:keyvalue/store'].open('').get(query);
      say(out, value === undefined ? 'none' : new TextDecoder().decode(value));
    },
    '/print': (out) => {
      imports['wasi:cli/stderr'].getStderr().blockingWriteAndFlush(encode('to the log\n'));
      console.log('and this');
      say(out, 'printed');
    },
  };

  return {
    incomingHandler: {
      handle(request, out) {
        const [path, query] = request.pathWithQuery().split('?');
        routes[path](out, query);
      },
    },
  };
}
