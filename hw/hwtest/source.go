package hwtest

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/auscult/auscult/hw"
)

// Patience is how long a Read may block.
const Patience = 10 * time.Second

// Want says what the source under test must give.
type Want struct {
	Format hw.Format
	// SampleTimes is how many sample times there are until io.EOF, lost ones
	// included; 0 is an endless source.
	SampleTimes uint64
	// Lost is how many of the SampleTimes are lost.
	Lost uint64
	// PCM is what the first blocks must hold, whatever their sizes; nil is
	// anything.
	PCM []int32
	// Live says that two openings give different samples.
	Live bool
}

// enough is how many sample times of an endless source are looked at.
const enough = 5000

// TestSource checks that what open returns keeps the contract of hw.Source. It
// calls open several times and halts each source.
func TestSource(t *testing.T, open func(t *testing.T) hw.Source, want Want) {
	t.Helper()
	s := suite{open: open, want: want}
	t.Run("description", s.description)
	t.Run("blocks", s.blocks)
	t.Run("block too small", s.blockTooSmall)
	t.Run("ended context", s.endedContext)
	t.Run("halt", s.halt)
	t.Run("halt ends reading", s.haltEndsReading)
	t.Run("context ends reading", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		endsReading(ctx, t, s.start(t), cancel, context.Canceled)
	})
	t.Run("no allocation", s.noAllocation)
}

// suite asks the questions of TestSource.
type suite struct {
	open func(t *testing.T) hw.Source
	want Want
}

// start opens a source that is halted when the test ends.
func (s *suite) start(t *testing.T) hw.Source {
	t.Helper()
	src := s.open(t)
	t.Cleanup(func() {
		if err := src.Halt(); err != nil {
			t.Errorf("Halt: %v", err)
		}
	})
	return src
}

func (s *suite) description(t *testing.T) {
	src := s.start(t)
	if src.String() == "" {
		t.Error("String is empty")
	}
	if got := src.Format(); got != s.want.Format {
		t.Errorf("format %v, want %v", got, s.want.Format)
	}
}

func (s *suite) blocks(t *testing.T) {
	first, channels := s.want.PCM, s.want.Format.Channels
	for _, values := range []int{channels, 256*channels + channels - 1, 1000 * channels} {
		pcm := readBlocks(t, s.start(t), values, s.want)
		if first == nil && !s.want.Live {
			first = pcm
		}
		n := min(len(first), len(pcm))
		if !slices.Equal(first[:n], pcm[:n]) || s.want.SampleTimes > 0 && len(first) > len(pcm) {
			t.Errorf("blocks of %d values: %d samples that differ from the %d wanted", values, len(pcm), len(first))
		}
	}
}

func (s *suite) blockTooSmall(t *testing.T) {
	b := hw.Block{PCM: make([]int32, s.want.Format.Channels-1)}
	err := read(t.Context(), t, s.start(t), &b)
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, hw.ErrHalted) {
		t.Errorf("Read into %d values: error %v, want one that says so", len(b.PCM), err)
	}
}

func (s *suite) endedContext(t *testing.T) {
	src := s.start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := hw.Block{PCM: make([]int32, 16*s.want.Format.Channels), FirstSample: 77}
	if err := read(ctx, t, src, &b); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if b.FirstSample != 77 || len(b.PCM) != 16*s.want.Format.Channels {
		t.Error("the block was changed")
	}
	if err := read(t.Context(), t, src, &b); err != nil {
		t.Errorf("Read after an ended context: %v", err)
	}
	if !s.want.Live && b.FirstSample-b.Lost != 0 {
		t.Errorf("first sample %d after an ended context, want 0", b.FirstSample)
	}
}

func (s *suite) halt(t *testing.T) {
	src := s.start(t)
	b := hw.Block{PCM: make([]int32, 16*s.want.Format.Channels)}
	if err := read(t.Context(), t, src, &b); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := src.Halt(); err != nil {
			t.Errorf("Halt: %v", err)
		}
	}
	if err := read(t.Context(), t, src, &b); !errors.Is(err, hw.ErrHalted) {
		t.Errorf("Read after Halt: error %v, want hw.ErrHalted", err)
	}
}

func (s *suite) haltEndsReading(t *testing.T) {
	src := s.start(t)
	endsReading(t.Context(), t, src, func() {
		if err := src.Halt(); err != nil {
			t.Errorf("Halt: %v", err)
		}
	}, hw.ErrHalted)
}

func (s *suite) noAllocation(t *testing.T) {
	if s.want.SampleTimes > 0 && s.want.SampleTimes < 64 {
		t.Fatalf("%d sample times are too few to count allocations", s.want.SampleTimes)
	}
	src := s.start(t)
	b := hw.Block{PCM: make([]int32, s.want.Format.Channels)}
	ctx := t.Context()
	var err error
	if n := testing.AllocsPerRun(20, func() {
		if e := src.Read(ctx, &b); e != nil {
			err = e
		}
	}); n != 0 || err != nil {
		t.Errorf("%v allocations per Read, error %v", n, err)
	}
}

// read calls Read and fails the test when it does not return.
func read(ctx context.Context, t *testing.T, src hw.Source, b *hw.Block) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- src.Read(ctx, b) }()
	select {
	case err := <-done:
		return err
	case <-time.After(Patience):
		t.Fatalf("Read did not return in %v", Patience)
		return nil
	}
}

// readBlocks reads a source to its end, or enough of it, into a block of the
// given size, checks each block and returns the samples.
func readBlocks(t *testing.T, src hw.Source, values int, want Want) []int32 {
	t.Helper()
	channels := want.Format.Channels
	b := hw.Block{PCM: make([]int32, values)}
	memory := &b.PCM[0]
	var pcm []int32
	var next, lost uint64
	var last time.Time
	for want.SampleTimes > 0 || next < enough {
		err := read(t.Context(), t, src, &b)
		if errors.Is(err, io.EOF) && want.SampleTimes > 0 {
			break
		}
		if err != nil {
			t.Fatalf("Read after %d sample times: %v", next, err)
		}
		switch {
		case len(b.PCM) == 0 || len(b.PCM)%channels != 0:
			t.Fatalf("block of %d values with %d channels", len(b.PCM), channels)
		case &b.PCM[0] != memory || cap(b.PCM) != values:
			t.Fatal("Read replaced the block's memory")
		case b.FirstSample != next+b.Lost:
			t.Fatalf("block starts at %d with %d lost, want %d", b.FirstSample, b.Lost, next)
		case b.Time.IsZero() || b.Time.Before(last):
			t.Fatalf("block at %v after one at %v", b.Time, last)
		}
		low := int32(1)<<(32-want.Format.BitsPerSample) - 1
		for i, x := range b.PCM {
			if x&low != 0 && want.Format.BitsPerSample < 32 {
				t.Fatalf("value %d is %#x: more than %d bits", i, x, want.Format.BitsPerSample)
			}
		}
		pcm = append(pcm, b.PCM...)
		next = b.FirstSample + uint64(len(b.PCM)/channels)
		lost += b.Lost
		last = b.Time
	}
	if want.SampleTimes > 0 {
		if next != want.SampleTimes || lost != want.Lost {
			t.Errorf("%d sample times, %d lost, want %d and %d", next, lost, want.SampleTimes, want.Lost)
		}
		if err := read(t.Context(), t, src, &b); !errors.Is(err, io.EOF) {
			t.Errorf("Read after io.EOF: %v", err)
		}
	}
	return pcm
}

// endsReading reads until an error comes, calls stop after the first block, and
// checks the error. A recording may end before.
func endsReading(ctx context.Context, t *testing.T, src hw.Source, stop func(), want error) {
	t.Helper()
	begun, done := make(chan struct{}), make(chan error, 1)
	go func() {
		b := hw.Block{PCM: make([]int32, 16*src.Format().Channels)}
		err := src.Read(ctx, &b)
		close(begun)
		for err == nil {
			err = src.Read(ctx, &b)
		}
		done <- err
	}()
	select {
	case <-begun:
	case <-time.After(Patience):
		t.Fatalf("Read did not return in %v", Patience)
	}
	stop()
	select {
	case err := <-done:
		if !errors.Is(err, want) && !errors.Is(err, io.EOF) {
			t.Errorf("error %v, want %v", err, want)
		}
	case <-time.After(Patience):
		t.Fatalf("Read did not return in %v", Patience)
	}
}
