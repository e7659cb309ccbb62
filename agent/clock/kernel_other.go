//go:build !linux

package clock

import "time"

func kernelSynced() bool { return false }

func sinceBoot() time.Duration { return 0 }
