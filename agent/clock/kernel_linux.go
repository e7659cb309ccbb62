package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// Values of the kernel's answer, from linux/timex.h.
const (
	timeError = 5    // TIME_ERROR: the clock is not synchronised
	staUnsync = 0x40 // STA_UNSYNC
)

func kernelSynced() bool {
	var tx unix.Timex // no mode bit is set: it only reads
	state, err := unix.Adjtimex(&tx)
	return err == nil && kernelSays(state, tx.Status)
}

// kernelSays reports whether the kernel's answer means that its clock is synchronised.
func kernelSays(state int, status int32) bool {
	return state != timeError && status&staUnsync == 0
}

// sinceBoot returns the time since the machine was started, 0 where that is not known. No
// setting of the clock changes how it goes.
func sinceBoot() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
