package bench

import (
	"testing"
	"time"
)

func TestSummarise(t *testing.T) {
	var samples []time.Duration
	for i := 1000; i >= 1; i-- { // 1 to 1000 µs, unsorted
		samples = append(samples, time.Duration(i)*time.Microsecond)
	}
	got := Summarise(samples)
	want := Latency{Count: 1000, MinUS: 1, P50US: 500, P90US: 900, P99US: 990, P999US: 999, MaxUS: 1000, MeanUS: 500.5}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if one := Summarise([]time.Duration{time.Millisecond}); one.P50US != 1000 || one.P999US != 1000 {
		t.Errorf("one sample: %+v", one)
	}
	if none := Summarise(nil); none != (Latency{}) {
		t.Errorf("no sample: %+v", none)
	}
}
