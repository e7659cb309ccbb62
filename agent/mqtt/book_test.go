package mqtt

import (
	"slices"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/spool"
)

// TestKeptInOrder keeps the last alerts, in whatever order the broker's answers come.
func TestKeptInOrder(t *testing.T) {
	b := newBook(3, time.Now)
	var gone []uint64
	for _, seq := range []uint64{2, 1, 5, 3, 7, 6, 4} {
		for _, k := range b.keepBack(spool.ID{BootID: "a", Seq: seq}, "t") {
			gone = append(gone, k.Seq)
		}
	}
	if want := []uint64{1, 2, 3, 4}; !slices.Equal(gone, want) {
		t.Errorf("gave up %d, want %d", gone, want)
	}
}
