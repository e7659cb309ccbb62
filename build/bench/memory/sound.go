package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

// machine makes the sound of a machine up: hum with overtones that drift over the day, and hiss.
type machine struct {
	rate  float64
	n     uint64
	noise uint64
	fault bool // a rattle
	low   float64
	table []int32 // of one period of the hum
	phase float64
}

func newMachine(rate int, seed uint64, fault bool) *machine {
	m := &machine{rate: float64(rate), noise: seed*0x9e3779b97f4a7c15 + 1, fault: fault, table: make([]int32, 4096)}
	for i := range m.table {
		x := 2 * math.Pi * float64(i) / float64(len(m.table))
		m.table[i] = int32(0.01 * math.MaxInt32 * (math.Sin(x) + math.Sin(2*x)/2 + math.Sin(5*x)/4 + math.Sin(11*x)/8))
	}
	return m
}

// fill writes the samples that follow.
func (m *machine) fill(pcm []int32) {
	for i := range pcm {
		// A turn takes 20 ms, give or take a part in fifty over some minutes.
		m.phase += (50 + math.Sin(float64(m.n)/m.rate/97)) / m.rate
		m.phase -= math.Floor(m.phase)
		m.noise ^= m.noise << 13
		m.noise ^= m.noise >> 7
		m.noise ^= m.noise << 17
		white := float64(int64(m.noise)) / (1 << 63)
		m.low += 0.2 * (white - m.low)
		v := float64(m.table[int(m.phase*float64(len(m.table)))]) + m.low*0.01*math.MaxInt32
		if m.fault && m.n%uint64(m.rate/30) < uint64(m.rate/600) {
			v += white * 0.04 * math.MaxInt32
		}
		pcm[i] = int32(v)
		m.n++
	}
}

// write makes a file of some seconds, unless it is there.
func write(ctx context.Context, path string, rate int, seconds float64, m *machine) (err error) {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err == nil {
			err = os.Rename(f.Name(), path)
		}
	}()
	to := &seeker{bufio.NewWriterSize(f, 1<<20), f}
	w, err := wav.NewWriter(to, hw.Format{SampleRateHz: rate, Channels: 1, BitsPerSample: 16}, hw.Origin{})
	if err != nil {
		return err
	}
	pcm := make([]int32, 1<<14)
	for left := int64(seconds * float64(rate)); left > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(left, int64(len(pcm)))
		m.fill(pcm[:n])
		if err := w.Write(pcm[:n]); err != nil {
			return err
		}
		left -= n
	}
	return errors.Join(w.Close(), to.Flush())
}

// seeker writes through a buffer.
type seeker struct {
	*bufio.Writer
	f *os.File
}

// Seek is io.Seeker's.
func (s *seeker) Seek(offset int64, whence int) (int64, error) {
	if err := s.Flush(); err != nil {
		return 0, err
	}
	return s.f.Seek(offset, whence)
}

var _ io.WriteSeeker = (*seeker)(nil)

// makeFaults puts some clips of the machine with a fault into a set.
func makeFaults(ctx context.Context, dir string, rate int) error {
	for _, label := range []string{"normal", "abnormal"} {
		if err := os.MkdirAll(filepath.Join(dir, label), 0o755); err != nil {
			return err
		}
	}
	for i := range 12 {
		path := filepath.Join(dir, "abnormal", fmt.Sprintf("fault %d.wav", i))
		if err := write(ctx, path, rate, 30, newMachine(rate, uint64(1e6+i), true)); err != nil {
			return err
		}
	}
	return nil
}

const longName = "long.wav"

// makeLong makes a set of one long recording.
func makeLong(ctx context.Context, dir string, rate int, hours float64) error {
	if err := makeFaults(ctx, dir, rate); err != nil {
		return err
	}
	return write(ctx, filepath.Join(dir, "normal", longName), rate, hours*3600, newMachine(rate, 1, false))
}

// makeClips makes a set of many short ones.
func makeClips(ctx context.Context, dir string, clips int, seconds float64) error {
	const rate = 16000
	if err := makeFaults(ctx, dir, rate); err != nil {
		return err
	}
	m := newMachine(rate, 2, false)
	for i := range clips {
		path := filepath.Join(dir, "normal", fmt.Sprintf("%06d.wav", i))
		if err := write(ctx, path, rate, seconds, m); err != nil {
			return err
		}
	}
	return nil
}
