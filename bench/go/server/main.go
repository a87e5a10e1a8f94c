// The server command is the plain Go server of the benchmark: the official Go SDK, streamable HTTP, stateless, as its documentation shows it.
// It offers the tools of a list that it is given; get_pet_find_by_status is the one that is called.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"mesh-mcp/bench/loopback"
)

// One connection to the Petstore for every connection that is measured, with room to spare; Go's default of two would make it dial again and again.
const idleConnections = 32

// Far above any list of the demo Petstore.
const maxAnswerBytes = 1 << 20

type definition struct {
	Name         string               `json:"name"`
	Title        string               `json:"title"`
	Description  string               `json:"description"`
	InputSchema  json.RawMessage      `json:"inputSchema"`
	OutputSchema json.RawMessage      `json:"outputSchema"`
	Annotations  *mcp.ToolAnnotations `json:"annotations"`
}

type findByStatus struct {
	Status string `json:"status"`
}

type named struct {
	ID   *int64 `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

type pet struct {
	ID        *int64   `json:"id,omitempty"`
	Name      string   `json:"name,omitempty"`
	Category  *named   `json:"category,omitempty"`
	PhotoURLs []string `json:"photoUrls,omitempty"`
	Tags      []named  `json:"tags,omitempty"`
	Status    string   `json:"status,omitempty"`
}

type found struct {
	Pets      []pet `json:"pets"`
	Total     int   `json:"total"`
	Truncated bool  `json:"truncated"`
}

func main() {
	log.SetFlags(0)
	address := flag.String("addr", "127.0.0.1:0", "loopback `address` to listen on")
	tools := flag.String("tools", "", "`file` with the tool definitions, a JSON array")
	petstore := flag.String("petstore", "", "base `URL` of the Petstore")
	flag.Parse()
	if err := serve(*address, *tools, *petstore); err != nil {
		log.Fatal(err)
	}
}

func serve(address, toolsFile, petstore string) error {
	if err := loopback.Check(address); err != nil {
		return err
	}
	base, err := url.Parse(petstore)
	if err != nil {
		return fmt.Errorf("-petstore: %w", err)
	}
	if err := loopback.Check(base.Host); err != nil {
		return fmt.Errorf("-petstore: %w", err)
	}
	definitions, err := readDefinitions(toolsFile)
	if err != nil {
		return fmt.Errorf("-tools: %w", err)
	}

	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: idleConnections}}
	server := mcp.NewServer(&mcp.Implementation{Name: "bench-go", Version: "1.0.0"}, nil)
	for _, each := range definitions {
		tool := &mcp.Tool{
			Name: each.Name, Title: each.Title, Description: each.Description, Annotations: each.Annotations,
			InputSchema: each.InputSchema, OutputSchema: each.OutputSchema,
		}
		if each.Name == "get_pet_find_by_status" {
			mcp.AddTool(server, tool, findPetsByStatus(client, petstore))
		} else {
			mcp.AddTool(server, tool, notMeasured)
		}
	}

	handler := mcp.NewStreamableHTTPHandler(
		func(*http.Request) *mcp.Server { return server },
		&mcp.StreamableHTTPOptions{Stateless: true},
	)
	mux := http.NewServeMux()
	mux.Handle("/v1/mcp", handler)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	return http.Serve(listener, mux)
}

func readDefinitions(file string) ([]definition, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var definitions []definition
	err = json.Unmarshal(text, &definitions)
	return definitions, err
}

func findPetsByStatus(client *http.Client, base string) mcp.ToolHandlerFor[findByStatus, found] {
	return func(ctx context.Context, _ *mcp.CallToolRequest, input findByStatus) (*mcp.CallToolResult, found, error) {
		query := url.Values{"status": {input.Status}}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/pet/findByStatus?"+query.Encode(), nil)
		if err != nil {
			return nil, found{}, err
		}
		request.Header.Set("Accept", "application/json")
		response, err := client.Do(request)
		if err != nil {
			return nil, found{}, errors.New("the Petstore does not answer")
		}
		defer response.Body.Close()
		body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
		if err != nil || response.StatusCode != http.StatusOK {
			return nil, found{}, fmt.Errorf("the Petstore answered %d", response.StatusCode)
		}
		var answer found
		if err := json.Unmarshal(body, &answer.Pets); err != nil {
			return nil, found{}, errors.New("the Petstore did not answer a list of pets")
		}
		answer.Total = len(answer.Pets)
		return nil, answer, nil
	}
}

func notMeasured(context.Context, *mcp.CallToolRequest, map[string]any) (*mcp.CallToolResult, map[string]any, error) {
	return nil, nil, errors.New("this tool is in the list alone")
}
