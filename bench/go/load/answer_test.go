package main

import "testing"

func TestCheck(t *testing.T) {
	const (
		plain  = "application/json; charset=utf-8"
		stream = "text/event-stream"
		good   = `{"jsonrpc":"2.0","id":7,"result":{"tools":[{},{}],"more":"word"}}`
	)
	expected := expectation{ID: 7, Tools: 2, Contains: []string{"word"}}
	cases := []struct {
		name        string
		expected    expectation
		status      int
		contentType string
		body        string
		ok          bool
	}{
		{"JSON", expected, 200, plain, good, true},
		{"an event", expected, 200, stream, "event: message\ndata: " + good + "\n\n", true},
		{"an event after a notification and a comment", expected, 200, stream, ": hi\r\n\r\ndata: {\"jsonrpc\":\"2.0\"}\r\n\r\ndata:" + good + "\r\n\r\n", true},
		{"an event over two lines", expected, 200, stream, "data: {\"jsonrpc\":\"2.0\",\"id\":7,\ndata: \"result\":{\"tools\":[1,2],\"x\":\"word\"}}\n\n", true},
		{"an empty stream", expected, 200, stream, "id: 1\ndata: \n\n", false},
		{"another status", expected, 202, plain, good, false},
		{"another content type", expected, 200, "text/plain", good, false},
		{"no content type", expected, 200, "", good, false},
		{"half a message", expected, 200, plain, good[:20], false},
		{"another id", expectation{ID: 8, Tools: 2}, 200, plain, good, false},
		{"another number of tools", expectation{ID: 7, Tools: 3}, 200, plain, good, false},
		{"a missing word", expectation{ID: 7, Tools: 2, Contains: []string{"absent"}}, 200, plain, good, false},
		{"an error", expectation{ID: 7}, 200, plain, `{"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"no"}}`, false},
		{"no result", expectation{ID: 7}, 200, plain, `{"jsonrpc":"2.0","id":7}`, false},
		{"not JSON-RPC", expectation{ID: 7}, 200, plain, `{"id":7,"result":{}}`, false},
		{"isError where none is expected", expectation{ID: 7}, 200, plain, `{"jsonrpc":"2.0","id":7,"result":{"isError":true}}`, false},
		{"isError where it is expected", expectation{ID: 7, IsError: true}, 200, plain, `{"jsonrpc":"2.0","id":7,"result":{"isError":true}}`, true},
		{"no isError where it is expected", expectation{ID: 7, IsError: true}, 200, plain, `{"jsonrpc":"2.0","id":7,"result":{}}`, false},
	}
	for _, each := range cases {
		t.Run(each.name, func(t *testing.T) {
			if err := each.expected.check(each.status, each.contentType, []byte(each.body)); (err == nil) != each.ok {
				t.Errorf("check: %v", err)
			}
		})
	}
}
