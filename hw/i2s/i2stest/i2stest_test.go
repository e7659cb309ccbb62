package i2stest_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/hwtest"
	"github.com/auscult/auscult/hw/i2s"
	"github.com/auscult/auscult/hw/i2s/i2stest"
)

var format = hw.Format{SampleRateHz: 48000, Channels: 2, BitsPerSample: 24}

// blocks returns two blocks of 40 and 60 sample times with 7 lost between them.
func blocks() []hw.Block {
	start := time.Now()
	first, second := make([]int32, 80), make([]int32, 120)
	for i := range first {
		first[i] = int32(i+1) << 8
	}
	for i := range second {
		second[i] = -int32(i+1) << 8
	}
	return []hw.Block{
		{PCM: first, Time: start},
		{PCM: second, Time: start.Add(time.Millisecond), Lost: 7},
	}
}

func connect(t *testing.T, p i2s.Port) i2s.Conn {
	t.Helper()
	c, err := p.Connect(48*physic.KiloHertz, 2, 24)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPlaybackConforms(t *testing.T) {
	list := blocks()
	hwtest.TestSource(t, func(t *testing.T) hw.Source {
		return connect(t, &i2stest.Playback{Format: format, Blocks: list})
	}, hwtest.Want{Format: format, SampleTimes: 107, Lost: 7, PCM: slices.Concat(list[0].PCM, list[1].PCM)})
}

func TestCloseFindsLeftovers(t *testing.T) {
	p := &i2stest.Playback{Name: "near", Format: format, Blocks: blocks()}
	c := connect(t, p)
	b := hw.Block{PCM: make([]int32, 100)}
	for _, want := range []string{"2 of 2", "1 of 2", "1 of 2", ""} {
		hwtest.WantError(t, "Close", p.Close(), want)
		if err := c.Read(t.Context(), &b); !errors.Is(err, hw.ErrHalted) {
			t.Errorf("Read after Close: %v", err)
		}
		if want == "" {
			break
		}
		c = connect(t, p)
		if err := c.Read(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPlaybackRefuses(t *testing.T) {
	p := &i2stest.Playback{Format: format, End: io.ErrUnexpectedEOF, Sick: io.ErrClosedPipe}
	for _, c := range []struct {
		rate           physic.Frequency
		channels, bits int
	}{
		{44100 * physic.Hertz, 2, 24}, {48 * physic.KiloHertz, 1, 24}, {48 * physic.KiloHertz, 2, 25},
		{48*physic.KiloHertz + 1, 2, 24}, {0, 2, 24},
	} {
		if _, err := p.Connect(c.rate, c.channels, c.bits); err == nil {
			t.Errorf("connected at %v with %d channels of %d bits", c.rate, c.channels, c.bits)
		}
	}
	b := hw.Block{PCM: make([]int32, 2)}
	if err := connect(t, p).Read(t.Context(), &b); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Read at the end: %v, want End", err)
	}
	if err := connect(t, p).Health(0); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("health %v, want Sick", err)
	}
	if err := p.LimitRate(0); err == nil {
		t.Error("a limit of 0 was taken")
	}
	if err := p.LimitRate(32 * physic.KiloHertz); err != nil {
		t.Error(err)
	}
	if _, err := p.Connect(48*physic.KiloHertz, 2, 24); err == nil || !strings.Contains(err.Error(), "limited to 32kHz") {
		t.Errorf("connect above the limit: %v", err)
	}
	torn := &i2stest.Playback{Format: format, Blocks: []hw.Block{{PCM: make([]int32, 3)}}}
	if err := connect(t, torn).Read(t.Context(), &b); err == nil {
		t.Error("half a sample time was given")
	}
}

func TestRecordPlaysBack(t *testing.T) {
	list := blocks()
	p := &i2stest.Playback{Format: format, Blocks: list, Map: []i2s.Channel{i2s.Right, i2s.Left}}
	r := &i2stest.Record{Conn: connect(t, p), Limit: 2}
	b := hw.Block{PCM: make([]int32, 80)}
	var err error
	for err == nil {
		err = r.Read(context.Background(), &b)
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	kept, dropped := r.Blocks()
	if len(kept) != 2 || dropped != 1 || !slices.Equal(r.ChannelMap(), p.Map) {
		t.Fatalf("kept %d blocks, dropped %d, map %v", len(kept), dropped, r.ChannelMap())
	}
	if kept[1].FirstSample != 47 || kept[1].Lost != 7 || !kept[1].Time.Equal(list[1].Time) ||
		!slices.Equal(kept[1].PCM, list[1].PCM[:80]) {
		t.Errorf("second block: first %d, lost %d", kept[1].FirstSample, kept[1].Lost)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
