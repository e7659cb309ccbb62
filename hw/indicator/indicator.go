package indicator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// State is what is shown, in the words of the node's status.
type State string

// The states of a node.
const (
	Off      State = "off"
	Learning State = "learning"
	Normal   State = "normal"
	Warning  State = "warning"
	Alarm    State = "alarm"
	Fault    State = "fault"
	Unfit    State = "unfit"
)

// Options says what the pin drives.
type Options struct {
	// Relay says that it drives a relay, which must not blink.
	Relay bool
	// ActiveLow says that a low level lights or draws.
	ActiveLow bool
}

const (
	flash  = 150 * time.Millisecond
	cycle  = 2 * time.Second
	hurry  = 125 * time.Millisecond
	breath = time.Second
)

// Light returns whether the light is on at a time since the state was entered,
// and how long that stays so; 0 is for ever.
func Light(s State, since time.Duration) (on bool, stays time.Duration) {
	switch s {
	case Off:
		return false, 0
	case Normal:
		return true, 0
	case Learning:
		return blink(since, breath, 1, 2*breath)
	case Alarm:
		return blink(since, hurry, 1, 2*hurry)
	case Warning:
		return blink(since, flash, 2, cycle)
	case Unfit:
		return blink(since, flash, 4, cycle)
	default:
		return blink(since, flash, 3, cycle)
	}
}

// blink is a number of flashes, each as long on as off, at the start of every
// period.
func blink(since, length time.Duration, flashes int, period time.Duration) (on bool, stays time.Duration) {
	at := since % period
	step := at / length
	if int(step) >= 2*flashes-1 {
		return false, period - at
	}
	return step%2 == 0, (step+1)*length - at
}

// Drawn returns whether a relay is drawn in a state.
func Drawn(s State) bool { return s == Learning || s == Normal || s == Warning }

// Indicator drives one pin.
type Indicator struct {
	pin     gpio.PinOut
	options Options
	changes chan State
}

// New returns an indicator on a pin, and switches it off.
func New(pin gpio.PinOut, options Options) (*Indicator, error) {
	i := &Indicator{pin: pin, options: options, changes: make(chan State, 1)}
	if err := i.set(false); err != nil {
		return nil, err
	}
	return i, nil
}

// String names the pin.
func (i *Indicator) String() string { return fmt.Sprintf("indicator{%s}", i.pin) }

// Show sets the state that Run shows from now on. It never blocks.
func (i *Indicator) Show(s State) {
	for {
		select {
		case i.changes <- s:
			return
		default:
		}
		// What was not yet shown is out of date.
		select {
		case <-i.changes:
		default:
		}
	}
}

// Run shows the states until the context ends, then switches off, halts the pin
// and returns the context's error. It returns earlier with the pin's error.
func (i *Indicator) Run(ctx context.Context) (err error) {
	defer func() {
		off, halt := i.set(false), i.pin.Halt()
		if halt != nil {
			halt = fmt.Errorf("indicator: halting %s: %w", i.pin, halt)
		}
		err = errors.Join(err, off, halt)
	}()
	state, entered := Off, time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for lit := false; ; {
		on, stays := Light(state, time.Since(entered))
		if i.options.Relay {
			on, stays = Drawn(state), 0
		}
		if on != lit {
			if err := i.set(on); err != nil {
				return err
			}
			lit = on
		}
		timer.Stop()
		if stays > 0 {
			timer.Reset(stays)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case s := <-i.changes:
			if s != state {
				state, entered = s, time.Now()
			}
		case <-timer.C:
		}
	}
}

// set lights or draws.
func (i *Indicator) set(on bool) error {
	if err := i.pin.Out(gpio.Level(on != i.options.ActiveLow)); err != nil {
		return fmt.Errorf("indicator: setting %s: %w", i.pin, err)
	}
	return nil
}
