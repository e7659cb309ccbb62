package node

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/clock/clocktest"
	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
)

// TestTheClockIsSet starts a node in 1970, has it hear the begin of an event, sets the clock
// and lets a broker appear: everything that is said then, also of what was before, is by the
// clock as it goes now.
func TestTheClockIsSet(t *testing.T) {
	const years = 56 * 365 * 24 * time.Hour
	address := freeAddress(t)
	a := newActor()
	o := testOptions(t, "mqtt://"+address, config.Source{Name: "fan", Sensor: a})
	mark := filepath.Join(o.Root, "run/systemd/timesync/synchronized")
	if err := os.Remove(mark); err != nil {
		t.Fatal(err)
	}
	boot := filepath.Join(o.Root, "proc/sys/kernel/random/boot_id")
	if err := os.MkdirAll(filepath.Dir(boot), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, boot, "0123456789abcdef")
	var behind atomic.Int64
	behind.Store(int64(years))
	began := time.Now()
	o.Now = func() time.Time { return clocktest.Set(time.Now(), -time.Duration(behind.Load())) }
	o.Uptime = func() time.Duration { return time.Hour + time.Since(began) }
	n, stop := start(t, o)
	eventually(t, "something is heard", func() bool { return n.sources[0].status().State == "normal" })
	a.tell(func() { a.loud = true })
	eventually(t, "the event's begin waits", func() bool { return n.broker.Queue().Alerts == 1 })
	if s := n.status(""); s.TimeSynced || s.Uptime == nil || time.Time(s.Time).Year() > 1971 {
		t.Errorf("before: %+v", s.Clocked)
	}
	behind.Store(0)
	write(t, mark, "")
	eventually(t, "it is noticed", n.clock.Synced)
	var got office
	got.openBroker(t, address)
	a.tell(func() { a.loud = false })
	eventually(t, "both alerts arrive", func() bool { return len(once(t, got.on("/fan/alert"))) == 2 })
	eventually(t, "the state arrives", func() bool {
		all := got.on("/fan/state")
		return len(all) > 0 && strings.Contains(all[len(all)-1].payload, `"state":"normal"`)
	})
	stop()
	check := func(what string, c message.Clocked, times ...message.Time) {
		t.Helper()
		for _, at := range times {
			age := time.Since(time.Time(at)) // the actor's blocks are dated by their ends
			if age < -time.Second || age > time.Since(began)+time.Second || !c.TimeSynced || c.Uptime != nil {
				t.Errorf("%s is by another clock: %v, %+v", what, time.Time(at), c)
			}
		}
	}
	for _, l := range once(t, got.on("/fan/alert")) {
		var alert message.Alert
		if err := json.Unmarshal([]byte(l.payload), &alert); err != nil {
			t.Fatal(err)
		}
		check(string(alert.Phase), alert.Clocked, alert.Time, alert.Start, alert.Peak.Time)
	}
	all := got.on("/fan/state")
	var last message.State
	if err := json.Unmarshal([]byte(all[len(all)-1].payload), &last); err != nil {
		t.Fatal(err)
	}
	check("the state", last.Clocked, last.Time)
	status := got.on("/status")
	var said message.Status
	if err := json.Unmarshal([]byte(status[0].payload), &said); err != nil {
		t.Fatal(err)
	}
	check("the status", said.Clocked, said.Time, said.Started)
	for _, f := range said.Faults {
		if f.Code == fault.Broker {
			check("a fault", said.Clocked, message.Time(f.Since))
		}
	}
}
