package outbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/agent/smallfile"
)

// What a broker retains stays when the source that said it is renamed or taken out of the
// configuration: whoever subscribes would take it for the present state for ever. So the
// topics are noted in a file beside the spool, and those that nobody speaks on any more are
// emptied on the next connection.

// shelfEnding is what the file's name adds to the spool's.
const shelfEnding = ".topics"

// Limits of what is read from the file.
const (
	maxShelf      = 1024
	maxShelfBytes = 256 << 10
	maxTopic      = 1024
)

// shelf knows the topics on which the broker may retain something.
type shelf struct {
	path string

	mu     sync.Mutex
	noted  []string // as the file has them, in order
	mine   []string // of the present sources, in order
	doomed []string // that are emptied by the hello that was asked for last
}

// newShelf reads the file. One that cannot be used counts as empty: what it told is lost, and
// nothing else.
func newShelf(spool string) *shelf {
	s := &shelf{path: spool + shelfEnding}
	text, err := smallfile.Read(s.path, maxShelfBytes)
	if err != nil || json.Unmarshal(text, &s.noted) != nil {
		s.noted = nil
	}
	s.noted = sorted(s.noted)
	return s
}

// sorted returns topics that can be published to, each once, in order.
func sorted(topics []string) []string {
	topics = slices.Compact(slices.Sorted(slices.Values(topics)))
	topics = slices.DeleteFunc(topics, func(t string) bool {
		return t == "" || len(t) > maxTopic || strings.ContainsAny(t, "#+\x00")
	})
	return topics[:min(len(topics), maxShelf)]
}

// hold says what is retained from now on. It is noted before anything is said.
func (s *shelf) hold(mine []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mine = sorted(mine)
	return s.note(sorted(slices.Concat(s.mine, s.noted)))
}

// stale returns the topics that are to be emptied.
func (s *shelf) stale() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doomed = slices.DeleteFunc(slices.Clone(s.noted), func(t string) bool {
		_, found := slices.BinarySearch(s.mine, t)
		return found
	})
	return s.doomed
}

// cleared says that those were emptied, or that the broker does not let the node.
func (s *shelf) cleared() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	doomed := s.doomed
	s.doomed = nil
	return s.note(slices.DeleteFunc(slices.Clone(s.noted), func(t string) bool {
		_, mine := slices.BinarySearch(s.mine, t)
		return !mine && slices.Contains(doomed, t)
	}))
}

// note brings the file up to date.
func (s *shelf) note(topics []string) error {
	if slices.Equal(topics, s.noted) {
		return nil
	}
	s.noted = topics
	text, err := json.Marshal(topics)
	if err == nil {
		err = atomicfile.WriteBytes(s.path, 0o640, text)
	}
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return nil
}
