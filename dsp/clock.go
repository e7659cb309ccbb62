package dsp

// clock knows when frames end: frames and samples are counted at two rates, so the
// difference is taken in seconds; float64 keeps it to some ns for a year.
type clock struct {
	rateHz  float64 // of the samples
	profile Profile
	now     uint64 // samples before those that are being heard
	written uint64 // samples before the present Write
	first   uint64 // the sample that frame 0 begins with
	begun   bool   // whether that has come
	frames  uint64 // since then
}

// reset makes the next sample that is passed on the first of frame 0.
func (c *clock) reset() { c.begun, c.frames = false, 0 }

// write begins another call of Write.
func (c *clock) write() { c.written = c.now }

// start takes the place of a sample that is passed on, counted from the first that is
// being heard; it lies before that where it was held back.
func (c *clock) start(at int) {
	if !c.begun {
		c.begun, c.first = true, c.now+uint64(int64(at))
	}
}

// heard counts samples.
func (c *clock) heard(n int) { c.now += uint64(n) }

// frameEnd returns when the last frame that was counted ended, in seconds after the first
// sample of the present Write.
func (c *clock) frameEnd() float64 {
	p := &c.profile
	samples := uint64(p.FrameLength) + (c.frames-1)*uint64(p.HopLength)
	return float64(samples)/float64(p.SampleRateHz) + float64(int64(c.first-c.written))/c.rateHz
}
