// The load command measures one server: it reads a plan as JSON from standard input, sends one and the same MCP request over a number of
// connections, checks every answer, and writes what it measured as JSON to standard output.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math"
	"net/url"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mesh-mcp/bench/loopback"
)

// After so many errors there is nothing left to measure.
const maxErrors = 50

// plan is what to measure.
type plan struct {
	// http://LOOPBACK-IP:PORT/PATH
	URL     string      `json:"url"`
	Headers [][2]string `json:"headers"`
	Body    string      `json:"body"`
	Expect  expectation `json:"expect"`

	Connections int `json:"connections"`
	// Requests in this time are checked and not counted.
	WarmUpMs   int `json:"warmUpMs"`
	DurationMs int `json:"durationMs"`
	// Ends the measurement early; 0 for no limit.
	MaxRequests int64 `json:"maxRequests"`
}

// report is what was measured.
type report struct {
	Requests          int64    `json:"requests"`
	Errors            int      `json:"errors"`
	ErrorSamples      []string `json:"errorSamples"`
	Seconds           float64  `json:"seconds"`
	RequestsPerSecond float64  `json:"requestsPerSecond"`
	// From the first byte out to the last byte in.
	LatencyMs latencies `json:"latencyMs"`
	// How many times a connection was opened, warm-up included: as many as connections where the server keeps them.
	Dials int `json:"dials"`
	// Answers that were not the same bytes as the one before, and so were read in full again.
	FullReads int `json:"fullReads"`
	// Size of a body, framing included.
	BodyBytes int `json:"bodyBytes"`
}

type latencies struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func main() {
	log.SetFlags(0)
	var p plan
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		log.Fatalf("the plan on standard input: %v", err)
	}
	measured, err := run(p)
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(measured); err != nil {
		log.Fatal(err)
	}
}

func run(p plan) (report, error) {
	target, err := url.Parse(p.URL)
	if err != nil {
		return report{}, err
	}
	if target.Scheme != "http" {
		return report{}, errors.New("only http:// is measured")
	}
	if err := loopback.Check(target.Host); err != nil {
		return report{}, err
	}
	if p.Connections < 1 || p.DurationMs < 1 || p.WarmUpMs < 0 || p.MaxRequests < 0 {
		return report{}, errors.New("connections and durationMs are at least 1, warmUpMs and maxRequests at least 0")
	}

	connections := make([]*connection, p.Connections)
	for i := range connections {
		connections[i] = newConnection(target, p)
	}
	defer func() {
		for _, c := range connections {
			c.close()
		}
	}()
	failures := &failureLog{}
	if p.WarmUpMs > 0 {
		drive(connections, time.Duration(p.WarmUpMs)*time.Millisecond, math.MaxInt64, failures)
	}
	limit := p.MaxRequests
	if limit == 0 {
		limit = math.MaxInt64
	}
	started := time.Now()
	times := drive(connections, time.Duration(p.DurationMs)*time.Millisecond, limit, failures)
	seconds := time.Since(started).Seconds()

	slices.Sort(times)
	measured := report{
		Requests:          int64(len(times)),
		Errors:            failures.count,
		ErrorSamples:      failures.samples,
		Seconds:           seconds,
		RequestsPerSecond: float64(len(times)) / seconds,
		LatencyMs:         latencies{percentile(times, 50), percentile(times, 95), percentile(times, 99), percentile(times, 100)},
	}
	for _, c := range connections {
		measured.Dials += c.dials
		measured.FullReads += c.fullReads
		measured.BodyBytes = max(measured.BodyBytes, c.bodyBytes)
	}
	return measured, nil
}

// drive keeps every connection busy until the time is over, the number of requests is reached, or there are too many failures. It returns
// how long each good request took.
func drive(connections []*connection, duration time.Duration, limit int64, failures *failureLog) []time.Duration {
	deadline := time.Now().Add(duration)
	var begun atomic.Int64
	perConnection := make([][]time.Duration, len(connections))
	var group sync.WaitGroup
	for i, c := range connections {
		group.Go(func() {
			for time.Now().Before(deadline) && begun.Add(1) <= limit {
				took, err := c.call()
				if err == nil {
					perConnection[i] = append(perConnection[i], took)
				} else if failures.add(err) >= maxErrors {
					return
				}
			}
		})
	}
	group.Wait()
	return slices.Concat(perConnection...)
}

// percentile is the nearest rank in milliseconds: the smallest time that so many percent of all are not above. The times are sorted.
func percentile(times []time.Duration, percent int) float64 {
	if len(times) == 0 {
		return 0
	}
	rank := (len(times)*percent + 99) / 100
	return float64(times[max(rank, 1)-1]) / float64(time.Millisecond)
}

// failureLog counts what went wrong and keeps the first few.
type failureLog struct {
	mutex   sync.Mutex
	count   int
	samples []string
}

func (f *failureLog) add(err error) int {
	const kept = 3
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.count++
	if len(f.samples) < kept {
		f.samples = append(f.samples, fmt.Sprint(err))
	}
	return f.count
}
