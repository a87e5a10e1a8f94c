package main

import (
	"errors"
	"testing"
	"time"
)

func TestPercentileIsTheNearestRank(t *testing.T) {
	var times []time.Duration
	for i := range 200 {
		times = append(times, time.Duration(i+1)*time.Millisecond)
	}
	for percent, want := range map[int]float64{50: 100, 95: 190, 99: 198, 100: 200} {
		if got := percentile(times, percent); got != want {
			t.Errorf("percentile %d of 1..200 ms is %v, expected %v", percent, got, want)
		}
	}
	if got := percentile(times[:1], 50); got != 1 {
		t.Errorf("percentile 50 of one time is %v", got)
	}
	if got := percentile(nil, 50); got != 0 {
		t.Errorf("percentile 50 of nothing is %v", got)
	}
}

func TestRunRefusesOtherMachines(t *testing.T) {
	for _, address := range []string{"http://192.0.2.1:80/", "http://localhost:80/", "https://127.0.0.1:80/", "http://127.0.0.1/", "http://[2001:db8::1]:80/"} {
		if _, err := run(plan{URL: address, Connections: 1, DurationMs: 1}); err == nil {
			t.Errorf("%s was not refused", address)
		}
	}
}

func TestFailureLogCountsAllAndKeepsTheFirst(t *testing.T) {
	var log failureLog
	for range 10 {
		log.add(errors.New("refused"))
	}
	if log.count != 10 || len(log.samples) != 3 {
		t.Errorf("%d failures, %d samples", log.count, len(log.samples))
	}
}
