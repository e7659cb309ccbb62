package detectors

import "github.com/auscult/auscult/agent/detect"

// maxGroups bounds how often everything is fitted to cross-fit it.
const maxGroups = 16

// groups says which samples are left out together.
type groups struct {
	of    []int // of each sample
	count int
	clips int
	clip  map[string]int // number of each
}

// group deals the clips of samples to groups in turn, so that all of a clip is in one; many
// clips share groups.
func group(samples []detect.Sample) groups {
	clips := map[string]int{}
	g := groups{of: make([]int, len(samples)), clip: clips}
	for i := range samples {
		if _, known := clips[samples[i].Clip]; !known {
			clips[samples[i].Clip] = len(clips)
		}
	}
	g.clips = len(clips)
	g.count = min(g.clips, maxGroups)
	for i := range samples {
		g.of[i] = clips[samples[i].Clip] % g.count
	}
	return g
}

// without returns what belongs to samples outside a group.
func without[T any](g groups, all []T, group int) (kept []T) {
	for i, v := range all {
		if g.of[i] != group {
			kept = append(kept, v)
		}
	}
	return kept
}
