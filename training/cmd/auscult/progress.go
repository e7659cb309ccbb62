package main

import (
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// bar shows the progress of long work on a terminal, and nothing elsewhere.
type bar struct {
	progress *mpb.Progress // nil when w is no terminal
	bar      *mpb.Bar
	note     atomic.Pointer[string]
}

// newBar starts a bar of total steps on w.
func newBar(w io.Writer, name string, total int) *bar {
	b := &bar{}
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
	}
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
	return ok && term.IsTerminal(int(f.Fd()))
}
