package hwtest

import (
	"testing"
	"time"
	"unsafe"
)

// SetClock returns a reading of a host's clock as it would be had somebody set its wall
// clock forward by whole seconds: its monotonic reading, which t must have, stays. No call of
// the standard library makes such a time, so it is written into the representation that
// package time gives to times with a monotonic reading, and checked.
func SetClock(tb testing.TB, t time.Time, by time.Duration) time.Time {
	tb.Helper()
	// A bit, 33 bits of seconds, 30 bits of nanoseconds.
	set := t
	*(*uint64)(unsafe.Pointer(&set)) += uint64(by/time.Second) << 30
	if set.Sub(t) != 0 || set.Round(0).Sub(t.Round(0)) != by {
		tb.Fatalf("a clock that shows %v cannot be set by %v", t, by)
	}
	return set
}
