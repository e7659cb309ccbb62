// Package clocktest gives times of a clock that was set, for tests.
package clocktest

import (
	"time"
	"unsafe"
)

// hasMonotonic is the bit of a time.Time that says that it has a monotonic reading.
const hasMonotonic = 1 << 63

// Set returns t as a clock would have given it that had been set by so many whole seconds: the
// wall clock differs and the monotonic reading does not. T must have one. Package time has no
// way to make such a time, so this changes the seconds where they stand in it.
func Set(t time.Time, by time.Duration) time.Time {
	wall := (*uint64)(unsafe.Pointer(&t))
	if *wall&hasMonotonic == 0 {
		panic("clocktest: a time without a monotonic reading")
	}
	const nanosecondBits = 30
	*wall += uint64(by/time.Second) << nanosecondBits
	return t
}
