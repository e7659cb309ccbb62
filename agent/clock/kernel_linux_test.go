package clock

import "testing"

// TestKernelSays has the answers that adjtimex(2) gives; numbers from linux/timex.h.
func TestKernelSays(t *testing.T) {
	for _, c := range []struct {
		answer string
		state  int
		status int32
		want   bool
	}{
		{"TIME_OK, disciplined by NTP", 0, 0x2001, true},
		{"TIME_INS, a leap second comes", 1, 0x2011, true},
		{"TIME_OK, PPS in use", 0, 0x0187, true},
		{"TIME_ERROR, as after the start", 5, 0x40, false},
		{"TIME_ERROR without STA_UNSYNC", 5, 0x1000, false},
		{"STA_UNSYNC without TIME_ERROR", 0, 0x2041, false},
	} {
		if got := kernelSays(c.state, c.status); got != c.want {
			t.Errorf("%s: %t", c.answer, got)
		}
	}
}
