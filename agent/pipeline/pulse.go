package pipeline

import (
	"sync/atomic"
	"time"
)

// statistics are read while Run works.
type statistics struct {
	frames, windows, lost, dead, opens atomic.Uint64
}

// Stats count what a pipeline has done since it was made.
type Stats struct {
	Frames      uint64 // frames of the front end
	Windows     uint64 // windows scored
	LostSamples uint64 // sample times that the source lost
	DeadSamples uint64 // since it was opened, in dead stretches, which are not heard
	Opens       uint64 // times that the source was opened
}

// Phases of a pipeline.
const (
	idle    int32 = iota // Run has not been called
	waiting              // between two attempts to open the source
	reading              // the source is open or being opened
	ended                // Run has returned
)

// pulse tells from outside whether a pipeline makes progress.
type pulse struct {
	start time.Time
	last  atomic.Int64 // when the last block was done, ns since start
	phase atomic.Int32
}

func (p *pulse) beat() { p.last.Store(int64(time.Since(p.start))) }

func (p *pulse) enter(phase int32) {
	p.beat()
	p.phase.Store(phase)
}

func (p *pulse) alive(limit time.Duration) bool {
	return p.phase.Load() != reading || time.Since(p.start)-time.Duration(p.last.Load()) <= limit
}

// Stats returns the present counts.
func (p *Pipeline) Stats() Stats {
	return Stats{
		Frames: p.stats.frames.Load(), Windows: p.stats.windows.Load(),
		LostSamples: p.stats.lost.Load(), DeadSamples: p.stats.dead.Load(), Opens: p.stats.opens.Load(),
	}
}

// Alive reports whether the pipeline makes progress: it is reading and has
// done a block within limit, or has nothing to read.
func (p *Pipeline) Alive(limit time.Duration) bool {
	return p.pulse.alive(limit)
}

// Ended reports whether Run has returned.
func (p *Pipeline) Ended() bool { return p.pulse.phase.Load() == ended }
