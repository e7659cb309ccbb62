package node

import (
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/sensor"
)

func speed() model.Condition {
	return model.Condition{Name: "speed_rpm", Unit: "1/min", Min: 900, Max: 1500}
}

// TestConditionsOverMQTT runs a node whose model takes a speed that comes from the
// plant's broker: without it, nothing is scored.
func TestConditionsOverMQTT(t *testing.T) {
	address := freeAddress(t)
	got := &office{}
	got.openBroker(t, address)
	s := config.Source{Name: "pump", Sensor: &sensor.Sim{SampleRateHz: rate, Paced: true}, Conditions: []config.Condition{
		{Name: "speed_rpm", Topic: "plant/pump/drive", Field: "rpm"},
	}}
	o := testOptions(t, "tcp://"+address, s)
	o.Now = time.Now
	o.Config.Model = silentModel(t, speed())
	o.Config.Telemetry.Interval = config.Duration(10 * time.Millisecond)
	n, _ := start(t, o)
	says := func(code fault.Code, text string) func() bool {
		return func() bool {
			for _, f := range n.Faults() {
				if f.Code == code && f.Source == "pump" && strings.Contains(f.Text, text) {
					return true
				}
			}
			return false
		}
	}
	eventually(t, "the node waits for the speed", says(fault.Condition, "waiting for speed_rpm on the topic plant/pump/drive"))
	if len(got.on("/score")) > 0 {
		t.Error("scored without knowing the speed")
	}
	tell := func(payload string) {
		if err := got.server.Publish("plant/pump/drive", []byte(payload), true, 0); err != nil {
			t.Fatal(err)
		}
	}
	tell(`{"rpm": 9000}`)
	eventually(t, "a speed that was never learned", says(fault.ConditionRange, "not within the 900 to 1500"))
	tell(strings.Repeat("9", 100_000))
	tell(`{"rpm": "fast"}`)
	eventually(t, "a payload that is no number", says(fault.Condition, `the field "rpm" is no number`))
	tell(`{"rpm": 1480}`)
	eventually(t, "scores", func() bool { return len(got.on("/score")) > 3 })
	if len(n.Faults()) > 0 {
		t.Errorf("faults while it scores: %v", n.Faults())
	}
}
