package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/training/report"
)

// broker is an MQTT broker inside this process, on the loopback interface.
type broker struct {
	server  *mochi.Server
	address string // host:port
}

// startBroker starts a broker on a free port.
func startBroker() (*broker, error) {
	s := mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler)})
	if err := s.AddHook(new(auth.AllowHook), nil); err != nil {
		return nil, fmt.Errorf("demo: broker: %w", err)
	}
	tcp := listeners.NewTCP(listeners.Config{ID: "demo", Address: "127.0.0.1:0"})
	if err := s.AddListener(tcp); err != nil {
		return nil, fmt.Errorf("demo: broker: %w", err)
	}
	if err := s.Serve(); err != nil {
		return nil, fmt.Errorf("demo: broker: %w", err)
	}
	return &broker{s, tcp.Address()}, nil
}

func (b *broker) stop() { _ = b.server.Close() }

// received is one message as the subscriber got it.
type received struct {
	topic   string
	payload []byte
}

// subscriber takes everything that the node publishes, in order.
type subscriber struct {
	client   paho.Client
	messages chan received
	record   *os.File // each message as a line of JSON
}

// How long the demo waits for what must come at once on the loopback.
const demoPatience = 10 * time.Second

// subscribe connects to the broker and records what comes to path.
func subscribe(ctx context.Context, address, path string) (*subscriber, error) {
	record, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	s := &subscriber{messages: make(chan received, 1024), record: record}
	s.client = paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + address).
		SetClientID("subscriber").SetConnectTimeout(demoPatience))
	if err := wait(ctx, s.client.Connect()); err != nil {
		return nil, errors.Join(fmt.Errorf("demo: subscriber: %w", err), record.Close())
	}
	token := s.client.Subscribe("auscult/#", 1, func(_ paho.Client, m paho.Message) {
		s.messages <- received{m.Topic(), m.Payload()}
	})
	if err := wait(ctx, token); err != nil {
		s.stop()
		return nil, fmt.Errorf("demo: subscriber: %w", err)
	}
	return s, nil
}

// wait waits for a token, ctx or demoPatience.
func wait(ctx context.Context, token paho.Token) error {
	select {
	case <-token.Done():
		return token.Error()
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(demoPatience):
		return errors.New("the broker does not answer")
	}
}

// untilStopped hands over messages until the node says that it has stopped:
// its last one.
func (s *subscriber) untilStopped(ctx context.Context, each func(received)) error {
	timeout := time.After(demoPatience)
	for {
		select {
		case m := <-s.messages:
			if len(m.payload) == 0 {
				continue // a node empties what a clip before retained
			}
			if err := s.write(m); err != nil {
				return err
			}
			each(m)
			var status message.Status
			if m.topic == message.StatusTopic(demoNodeID) && json.Unmarshal(m.payload, &status) == nil && !status.Online &&
				status.Reason == message.Stopped {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-timeout:
			return errors.New("the node's last message did not arrive")
		}
	}
}

// write records a message.
func (s *subscriber) write(m received) error {
	payload := json.RawMessage(m.payload)
	if !json.Valid(payload) {
		return fmt.Errorf("payload of %s is no JSON", m.topic)
	}
	line, err := json.Marshal(struct {
		Topic   string          `json:"topic"`
		Payload json.RawMessage `json:"payload"`
	}{m.topic, payload})
	if err != nil {
		return err
	}
	_, err = s.record.Write(append(line, '\n'))
	return err
}

// close ends the connection and the record.
func (s *subscriber) close() error {
	s.client.Disconnect(100)
	if err := s.record.Close(); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}

// stop is close for when something else has gone wrong already.
func (s *subscriber) stop() { _ = s.close() }

// count notes what a message says of the clip.
func (p *playedClip) count(m received) {
	switch m.topic {
	case message.AlertTopic(demoNodeID, string(p.Label())):
		var a message.Alert
		if json.Unmarshal(m.payload, &a) == nil && a.Phase == message.Start {
			p.alerts++
		}
	case message.ScoreTopic(demoNodeID, string(p.Label())):
		p.scores++
	}
}

// show prints a message as people read it; what is not about the machine's
// sound is left out.
func show(w io.Writer, m received) {
	kind := m.topic[strings.LastIndexByte(m.topic, '/')+1:]
	var text string
	switch kind {
	case "score":
		var v message.Score
		if json.Unmarshal(m.payload, &v) != nil {
			return
		}
		text = fmt.Sprintf("%5.2f of %.2f %s %s%s", float64(v.Score), float64(v.Threshold), meter(float64(v.Ratio)), v.State,
			bandsText(v.Bands))
	case "state":
		var v message.State
		if json.Unmarshal(m.payload, &v) != nil {
			return
		}
		text = string(v.State)
		if v.Previous != "" {
			text = fmt.Sprintf("%s -> %s", v.Previous, v.State)
		}
	case "alert":
		var v message.Alert
		if json.Unmarshal(m.payload, &v) != nil {
			return
		}
		text = fmt.Sprintf("%s of event %s, %.1f times the threshold%s",
			strings.ToUpper(string(v.Phase)), v.Event, float64(v.Peak.Ratio), bandsText(v.Bands)+detectorText(v.Detectors))
	default:
		return
	}
	fmt.Fprintf(w, "    %-28s %s\n", m.topic, text)
}

func bandsText(bands []decide.BandRange) string {
	if len(bands) == 0 {
		return ""
	}
	return ": " + report.BandsText(bands)
}

// detectorText names the detector that is most surprised.
func detectorText(detectors []message.Detector) string {
	var most message.Detector
	for _, d := range detectors {
		if d.Surprise > most.Surprise {
			most = d
		}
	}
	if most.Name == "" {
		return ""
	}
	return fmt.Sprintf("; %s: %s", most.Name, most.Text)
}

// meter draws a ratio of score and threshold; the threshold is in the middle.
func meter(ratio float64) string {
	const half = 6
	filled := max(0, min(2*half, int(ratio*half+0.5)))
	bar := strings.Repeat("█", filled) + strings.Repeat("·", 2*half-filled)
	runes := []rune(bar)
	return string(runes[:half]) + "|" + string(runes[half:])
}
