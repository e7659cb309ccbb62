package outbox

import (
	"log/slog"

	"github.com/auscult/auscult/agent/message"
)

// Log is the sink that writes changes of state. Alerts are logged by the broker's sink,
// which knows what became of them; scores are not for a log.
type Log struct{ Logger *slog.Logger }

// Take is Sink's.
func (l Log) Take(e message.Event) {
	if s, ok := e.(*message.State); ok {
		l.Logger.Info("state", "source", s.Source, "state", string(s.State), "previous", string(s.Previous),
			"ratio", float64(s.Ratio))
	}
}
