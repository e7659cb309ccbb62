package iio

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// current is where a device names its trigger.
const current = "trigger/current_trigger"

// timers is where timers that trigger are made, below the root.
const timers = "/sys/kernel/config/iio/triggers/hrtimer"

// trigger returns the trigger of a name.
func (r Root) trigger(name string) (attribute, bool) {
	folders, _ := filepath.Glob(filepath.Join(string(r), "/sys/bus/iio/devices/trigger*"))
	for _, folder := range folders {
		a := attribute{folder}
		if got, err := a.read("name"); err == nil && got == name {
			return a, true
		}
	}
	return attribute{}, false
}

// pace returns where the rate of a device's scans stands. A timer that triggers it decides,
// whatever rate the device has of its own; else the device does.
func (r Root) pace(a attribute) (at attribute, attributeName, value string, err error) {
	named, _ := a.read(current)
	if t, ok := r.trigger(named); named != "" && ok {
		if value, err := t.read(timerRate); err == nil {
			return t, timerRate, value, nil
		}
	}
	attributeName, value, err = a.ownRate()
	if errors.Is(err, errAbsent) {
		err = fmt.Errorf("its rate is the trigger's: %w", errTrigger)
	}
	return a, attributeName, value, err
}

// timerRate is where the rate of a trigger stands that is a timer.
const timerRate = "sampling_frequency"

// ownRate reads the rate that a device has of its own.
func (a attribute) ownRate() (name, value string, err error) {
	return a.first("sampling_frequency", "in_accel_sampling_frequency")
}

// makeOne says how a device gets a trigger.
const makeOne = "name one in trigger/current_trigger, or load the module iio-trig-hrtimer, with which 'auscultd --prepare' makes one"

// errTrigger is why a device cannot be used that was given no trigger.
var errTrigger = errors.New("it may need a trigger")

// withTrigger does what may fail because a device has no trigger, and once more after it was given
// one: its driver's own, which knows when a sample is there, or else a timer.
func (r Root) withTrigger(a attribute, do func() error) error {
	err := do()
	if !errors.Is(err, errTrigger) || isForbidden(err) {
		return err
	}
	if named, e := a.read(current); e != nil || named != "" {
		return err
	}
	if e := r.giveTrigger(a); e != nil {
		return fmt.Errorf("%w: %w", err, e)
	}
	return do()
}

// giveTrigger names a device's trigger.
func (r Root) giveTrigger(a attribute) error {
	number := strings.TrimPrefix(filepath.Base(a.folder), "iio:device")
	if driver, err := a.read("name"); err == nil {
		own := driver + "-dev" + number
		if _, ok := r.trigger(own); ok {
			return a.write(current, own)
		}
	}
	name := "auscult-" + number
	err := os.Mkdir(filepath.Join(string(r), timers, name), 0o755)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New(makeOne)
	case err != nil && !errors.Is(err, fs.ErrExist):
		return err
	}
	if t, ok := r.trigger(name); ok {
		// As fast as the chip measures, where it says how fast.
		if _, rate, err := a.ownRate(); err == nil {
			if err := t.ensure(timerRate, rate); err != nil {
				return err
			}
		}
	}
	return a.write(current, name)
}
