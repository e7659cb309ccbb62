package learn

import (
	"fmt"
	"slices"
)

// threshold returns the lowest threshold at which the node's decision, k of n,
// raises no alarm on any clip, and says so in words. A clip of fewer than k
// observations counts by its highest. lengths are the observations of each clip, scores those of
// all, clip after clip.
func threshold(lengths []int, scores []float64, k, n int) (value float64, method string, err error) {
	start := 0
	for _, length := range lengths {
		value = max(value, quietAt(scores[start:start+length], k, n))
		start += length
	}
	if !(value > 0) {
		return 0, "", fmt.Errorf("learn: %d observations of normal sound hardly score at all: are they silent, or copies of one sound?",
			len(scores))
	}
	return value, fmt.Sprintf("lowest at which %d of %d raises no alarm on %d cross-fitted observations of normal sound",
		k, n, len(scores)), nil
}

// quietAt returns the lowest threshold at which k of n consecutive scores of a
// clip raise no alarm.
func quietAt(scores []float64, k, n int) float64 {
	k = min(k, len(scores))
	highest := 0.0
	for end := k; end <= len(scores); end++ {
		window := slices.Sorted(slices.Values(scores[max(0, end-n):end]))
		highest = max(highest, window[len(window)-k])
	}
	return highest
}
