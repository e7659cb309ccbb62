package kernels

// shared is how one kernel divides its positions among a team: the job of computing one image.
type shared struct {
	team    *Team
	kernel  divisible
	parts   []part
	out, in []int8 // of the batch entry that is being computed
}

// divisible is a kernel whose parts several workers may compute at once, each under its own number.
type divisible interface {
	compute(worker int, p part, out, in []int8)
}

// part is a range of positions of a phase.
type part struct{ phase, first, n int }

// minShare is the work, in multiply-accumulate steps, below which a kernel is not
// divided: a helper's wake-up costs microseconds.
const minShare = 2_000_000

// divide cuts the positions of each phase into parts for a team, several for each worker, on bounds
// that all families' tiles have. It gives nothing where dividing does not pay.
func (s *shared) divide(team *Team, kernel divisible, phases []int, macs int) {
	if macs < minShare {
		return
	}
	total := 0
	for _, n := range phases {
		total += n
	}
	step := roundUp(max(total/(4*team.Workers()), 1), maxRows)
	// Shorter, so that it can be ended, as long as there are not too many.
	step = max(min(step, tile(macs/total)), roundUp(total/(maxParts-len(phases)), maxRows))
	var parts []part
	for i, n := range phases {
		for first := 0; first < n; first += step {
			parts = append(parts, part{i, first, min(step, n-first)})
		}
	}
	if len(parts) > 1 && len(parts) <= maxParts {
		s.team, s.kernel, s.parts = team, kernel, parts
	}
}

// divided reports whether the team computes.
func (s *shared) divided() bool { return s.team != nil }

// run has the team compute an image.
func (s *shared) run(out, in []int8) {
	s.out, s.in = out, in
	s.team.Do(len(s.parts), s)
}

// Do computes one part.
func (s *shared) Do(worker, i int) { s.kernel.compute(worker, s.parts[i], s.out, s.in) }
