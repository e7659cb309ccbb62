package systemd

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"time"
)

// WatchdogInterval returns how often at the latest the service manager wants to
// hear WATCHDOG=1 from this process: half of WATCHDOG_USEC is a good rhythm. It
// returns 0 and no error when no watchdog is set, or when it is meant for
// another process (WATCHDOG_PID).
func WatchdogInterval() (time.Duration, error) {
	return watchdogInterval(os.Getenv, os.Getpid())
}

func watchdogInterval(getenv func(string) string, pid int) (time.Duration, error) {
	usec := getenv("WATCHDOG_USEC")
	if usec == "" {
		return 0, nil
	}
	if want := getenv("WATCHDOG_PID"); want != "" {
		p, err := strconv.Atoi(want)
		if err != nil || p < 1 {
			return 0, fmt.Errorf("systemd: WATCHDOG_PID %q: must be a process id", want)
		}
		if p != pid {
			return 0, nil
		}
	}
	n, err := strconv.ParseInt(usec, 10, 64)
	if err != nil || n < 1 || n > math.MaxInt64/int64(time.Microsecond) {
		return 0, fmt.Errorf("systemd: WATCHDOG_USEC %q: must be a number of microseconds", usec)
	}
	return time.Duration(n) * time.Microsecond, nil
}
