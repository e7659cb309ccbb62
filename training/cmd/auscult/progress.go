package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// bar shows the progress of long work: on a terminal as a bar, elsewhere by a line now and then, for who
// reads a log.
type bar struct {
	progress *mpb.Progress // nil when w is no terminal
	bar      *mpb.Bar
	note     atomic.Pointer[string]

	mu    sync.Mutex
	w     io.Writer // where lines go
	name  string
	total int
	began time.Time
	said  time.Time
}

// sayEvery is how long such work is silent.
const sayEvery = 30 * time.Second

// newBar starts a bar of total steps on w.
func newBar(w io.Writer, name string, total int) *bar {
	now := time.Now()
	b := &bar{w: w, name: name, total: total, began: now, said: now}
	b.note.Store(new(string))
	if !isTerminal(w) {
		return b
	}
	b.progress = mpb.New(mpb.WithOutput(w), mpb.WithWidth(40), mpb.WithRefreshRate(100*time.Millisecond))
	b.bar = b.progress.New(int64(total), mpb.BarStyle().Lbound("").Rbound("").Filler("█").Tip("█").Padding("░"),
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(
			decor.Percentage(decor.WC{W: 5}),
			decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO, decor.WC{W: 7}), ""),
			decor.Any(func(decor.Statistics) string { return *b.note.Load() }),
		))
	return b
}

// set moves the bar to step.
func (b *bar) set(step int) {
	if b.bar != nil {
		b.bar.SetCurrent(int64(step))
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := time.Now(); now.Sub(b.said) >= sayEvery {
		b.said = now
		_, _ = fmt.Fprintln(b.w, b.line(step, now.Sub(b.began))) // what cannot be shown is not missed
	}
}

// line says how far the work is after a time, and how long the rest may take at this pace.
func (b *bar) line(step int, gone time.Duration) string {
	left := ""
	if share := float64(step) / float64(b.total); step > 0 && share < 1 {
		left = fmt.Sprintf(", about %v left", (time.Duration(float64(gone) * (1 - share) / share)).Round(time.Second))
	}
	return fmt.Sprintf("%s: %d %% after %v%s%s", b.name, 100*step/max(b.total, 1), gone.Round(time.Second), left,
		strings.TrimRight(*b.note.Load(), " "))
}

// setNote moves the bar to step and says what is being done.
func (b *bar) setNote(step int, note string) {
	b.note.Store(&note)
	b.set(step)
}

// say writes lines above the bar, to w where there is none.
func (b *bar) say(w io.Writer, text string) {
	if b.progress != nil {
		w = b.progress
	}
	_, _ = io.WriteString(w, text) // what cannot be shown is not missed
}

// done takes the bar away, whatever step it stands at.
func (b *bar) done() {
	if b.bar != nil {
		b.bar.Abort(true)
		b.progress.Wait()
	}
}

// isTerminal reports whether people read w as it is written.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}
