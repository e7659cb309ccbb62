package indicator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// Pattern is how a light blinks.
type Pattern string

// The patterns, told apart by number and rhythm.
const (
	Dark         Pattern = "dark"
	Steady       Pattern = "steady"
	Slow         Pattern = "slow"  // 1 s on, 1 s off
	Rapid        Pattern = "rapid" // 4 flashes a second, without pause
	TwoFlashes   Pattern = "two flashes"
	ThreeFlashes Pattern = "three flashes"
	FourFlashes  Pattern = "four flashes"
)

// Signal is what an indicator shows: a light by its pattern, and a relay, which must not
// blink, by whether it is drawn.
type Signal struct {
	Light Pattern
	Drawn bool
}

// Options says what the pin drives.
type Options struct {
	// Relay says that it drives a relay, which must not blink.
	Relay bool
	// ActiveLow says that a low level lights or draws.
	ActiveLow bool
}

const (
	flash = 150 * time.Millisecond
	cycle = 2 * time.Second
	rapid = 125 * time.Millisecond
	slow  = time.Second
)

// lit returns whether a light is on at a time since the pattern began, and how long that
// stays so; 0 is for ever.
func (p Pattern) lit(since time.Duration) (on bool, stays time.Duration) {
	switch p {
	case Dark:
		return false, 0
	case Steady:
		return true, 0
	case Slow:
		return blink(since, slow, 1, 2*slow)
	case Rapid:
		return blink(since, rapid, 1, 2*rapid)
	case TwoFlashes:
		return blink(since, flash, 2, cycle)
	case FourFlashes:
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

// Indicator drives one pin.
type Indicator struct {
	pin     gpio.PinOut
	options Options
	changes chan Signal
}

// New returns an indicator on a pin, and switches it off.
func New(pin gpio.PinOut, options Options) (*Indicator, error) {
	i := &Indicator{pin: pin, options: options, changes: make(chan Signal, 1)}
	if err := i.set(false); err != nil {
		return nil, err
	}
	return i, nil
}

// String names the pin.
func (i *Indicator) String() string { return fmt.Sprintf("indicator{%s}", i.pin) }

// Show sets what Run shows from now on. It never blocks.
func (i *Indicator) Show(s Signal) {
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

// Run shows the signals until the context ends, then switches off, halts the pin
// and returns the context's error. It returns earlier with the pin's error.
func (i *Indicator) Run(ctx context.Context) (err error) {
	defer func() {
		off, halt := i.set(false), i.pin.Halt()
		if halt != nil {
			halt = fmt.Errorf("indicator: halting %s: %w", i.pin, halt)
		}
		err = errors.Join(err, off, halt)
	}()
	shown, began := Signal{Light: Dark}, time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for lit := false; ; {
		on, stays := shown.Light.lit(time.Since(began))
		if i.options.Relay {
			on, stays = shown.Drawn, 0
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
			if s != shown {
				shown, began = s, time.Now()
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
