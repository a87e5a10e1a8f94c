package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"strings"
)

// expectation says what every answer must hold.
type expectation struct {
	ID int64 `json:"id"`
	// Whether the result says isError. A result without it does not.
	IsError bool `json:"isError"`
	// How many tools the result lists; 0 where it lists none.
	Tools int `json:"tools"`
	// Text that stands in the message as it came.
	Contains []string `json:"contains"`
}

type message struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      *int64          `json:"id"`
	Error   json.RawMessage `json:"error"`
	Result  *struct {
		IsError bool              `json:"isError"`
		Tools   []json.RawMessage `json:"tools"`
	} `json:"result"`
}

// check reads a whole answer: HTTP status, framing, JSON-RPC, and what the plan expects of the result.
func (expected expectation) check(status int, contentType string, body []byte) error {
	if status != 200 {
		return fmt.Errorf("status %d: %.200q", status, body)
	}
	text, err := unframe(contentType, body)
	if err != nil {
		return err
	}
	var answer message
	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("not JSON-RPC: %w: %.200q", err, text)
	}
	switch {
	case answer.JSONRPC != "2.0":
		return fmt.Errorf("jsonrpc is %q", answer.JSONRPC)
	case answer.ID == nil || *answer.ID != expected.ID:
		return fmt.Errorf("the id is not %d: %.200q", expected.ID, text)
	case answer.Error != nil:
		return fmt.Errorf("an error: %.200q", answer.Error)
	case answer.Result == nil:
		return fmt.Errorf("no result: %.200q", text)
	case answer.Result.IsError != expected.IsError:
		return fmt.Errorf("isError is %t: %.200q", answer.Result.IsError, text)
	case len(answer.Result.Tools) != expected.Tools:
		return fmt.Errorf("%d tools, expected %d", len(answer.Result.Tools), expected.Tools)
	}
	for _, part := range expected.Contains {
		if !bytes.Contains(text, []byte(part)) {
			return fmt.Errorf("%q is not in the answer: %.200q", part, text)
		}
	}
	return nil
}

// unframe takes the one JSON-RPC message out of a JSON body or an event stream.
func unframe(contentType string, body []byte) ([]byte, error) {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, fmt.Errorf("content type %q: %w", contentType, err)
	}
	switch mediaType {
	case "application/json":
		return body, nil
	case "text/event-stream":
		return lastEvent(string(body))
	default:
		return nil, fmt.Errorf("content type %q", contentType)
	}
}

// lastEvent is the data of the last event that has any: notifications come before the answer, and nothing comes after it.
func lastEvent(stream string) ([]byte, error) {
	var last string
	for event := range strings.SplitSeq(strings.ReplaceAll(stream, "\r\n", "\n"), "\n\n") {
		var data []string
		for line := range strings.SplitSeq(event, "\n") {
			if value, found := strings.CutPrefix(line, "data:"); found {
				data = append(data, strings.TrimPrefix(value, " "))
			}
		}
		if joined := strings.Join(data, "\n"); joined != "" {
			last = joined
		}
	}
	if last == "" {
		return nil, errors.New("an event stream without a message")
	}
	return []byte(last), nil
}
