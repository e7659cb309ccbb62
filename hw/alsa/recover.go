package alsa

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa/internal/kernel"
)

// lookAgain is how often a device that has gone is looked for.
const lookAgain = 250 * time.Millisecond

// fail judges an error of the kernel: nil goes on, a device that has gone is
// closed and waited for, anything else ends reading.
func (s *Source) fail(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrStuck), errors.Is(err, hw.ErrHalted),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, syscall.EPIPE), errors.Is(err, kernel.ErrSuspended), errors.Is(err, syscall.EAGAIN):
		return nil // the next Status says why
	case errors.Is(err, syscall.ENODEV), errors.Is(err, kernel.ErrDisconnected), errors.Is(err, syscall.ENXIO),
		errors.Is(err, syscall.EIO) && !s.isThere():
		_ = s.card.close() // there is nothing left to close properly
		return nil
	}
	return fmt.Errorf("alsa: read %s: %w", s.device, err)
}

// isThere reports whether the card is still listed.
func (s *Source) isThere() bool {
	_, err := Find(s.o.FS, s.device.String())
	return err == nil
}

// restart starts a device anew that has stopped: after an overrun that the driver
// reports, or a suspend. What was in its ring is lost and counted.
func (s *Source) restart(ctx context.Context) error {
	if acted, err := s.watch(0); acted || err != nil {
		return err
	}
	if given := s.stats.blocks.Load(); given > s.pulse.blocks {
		s.pulse.blocks = given
	} else if err := s.pause(ctx, patience); err != nil { // it stops as soon as it is started
		return err
	}
	s.stats.restarts.Add(1)
	if errors.Is(s.card.h.Resume(), syscall.EAGAIN) {
		return s.pause(ctx, patience) // the bus wakes up
	}
	// A resumed device does not say how long it slept, so it is started anew in
	// any case; then the clock says it.
	return s.started(s.card.again())
}

// pulse is whether the hardware's position moves.
type pulse struct {
	reached uint64    // the position that was seen last
	moved   time.Time // when it came there
	kicked  bool      // whether it was started anew because it stood still
	blocks  uint64    // given when it was last started anew because it had stopped
}

// beat notes that samples were given up to a position.
func (p *pulse) beat(reached uint64, now time.Time) {
	p.reached, p.moved, p.kicked = reached, now, false
}

// watch notes whether the hardware's position moves. A device whose position stands is
// started anew once, which it reports; then it is stuck.
func (s *Source) watch(avail uint64) (acted bool, err error) {
	now, p := time.Now(), &s.pulse
	if at := s.line.Next() + avail; at > p.reached {
		p.reached, p.moved = at, now
		return false, nil
	}
	if now.Sub(p.moved) < s.o.Stuck {
		return false, nil
	}
	silence := s.o.Stuck
	if p.kicked {
		silence *= 2
	}
	s.raise(Stuck, fmt.Sprintf("%s has given no sample for %v",
		s.device, silence), "check clock and data lines; switch the power off and on")
	if p.kicked {
		return false, fmt.Errorf("alsa: read %s: %w, not for %v and after a restart", s.device, ErrStuck, silence)
	}
	p.kicked, p.moved = true, now
	s.stats.restarts.Add(1)
	return true, s.started(s.card.again())
}

// pause waits.
func (s *Source) pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-s.end.Off():
		return hw.ErrHalted
	case <-ctx.Done():
		return ctx.Err()
	}
}

// replug waits for a device that has gone and opens it by the same name.
func (s *Source) replug(ctx context.Context) error {
	name := s.device.String()
	if strings.Contains(s.name, "USB=") || isLink(s.name) {
		name = s.name
	} else if s.device.Card.Port != "" {
		// Two microphones of a kind exchange their IDs, not their sockets.
		name = s.device.bySocket()
	}
	s.raise(Gone, name+" was unplugged, or its driver removed", "plug it in again")
	if s.o.Wait == 0 {
		return fmt.Errorf("alsa: read %s: %w", s.device, ErrGone)
	}
	began := time.Now()
	for {
		if err := s.pause(ctx, lookAgain); err != nil {
			return err
		}
		d, err := Find(s.o.FS, name)
		if err == nil {
			s.device = d
			if err = s.connect(); err == nil {
				s.stats.replugs.Add(1)
				s.pulse.kicked = false
				s.raise("", "", "")
				return nil
			}
		}
		if s.o.Wait > 0 && time.Since(began) >= s.o.Wait {
			return fmt.Errorf("alsa: read %s: %w, for %v: %w", name, ErrGone, s.o.Wait, err)
		}
	}
}
