package accel

// burst is what was read from a FIFO at once and is given block by block.
type burst struct {
	pcm  []int32 // room for a full FIFO
	rest []int32 // what of it is not yet given
	gaps []Gap   // among rest and after it, counted from its start
}

// fill makes room for a burst of n entries.
func (b *burst) fill(n int) []int32 {
	b.rest = b.pcm[:n*Axes]
	return b.rest
}

// times returns how many sample times are not yet given.
func (b *burst) times() int { return len(b.rest) / Axes }

// keep cuts the burst to n sample times.
func (b *burst) keep(n int) { b.rest = b.rest[:n*Axes] }

// whole returns how many sample times come before the next gap.
func (b *burst) whole() int {
	if len(b.gaps) > 0 {
		return min(b.gaps[0].Before, b.times())
	}
	return b.times()
}

// missing returns how many sample times are missing before what comes next, and
// forgets them.
func (b *burst) missing() (n uint64) {
	for len(b.gaps) > 0 && b.gaps[0].Before <= 0 {
		n += b.gaps[0].Missing
		b.gaps = b.gaps[1:]
	}
	return n
}

// give copies n sample times to dst.
func (b *burst) give(dst []int32, n int) {
	copy(dst, b.rest[:n*Axes])
	b.rest = b.rest[n*Axes:]
	for i := range b.gaps {
		b.gaps[i].Before -= n
	}
}
