package message

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/model/modeltest"
	"github.com/auscult/auscult/agent/state"
)

func TestAlertOnTheWire(t *testing.T) {
	at := time.Date(2026, 11, 23, 16, 43, 11, 250_900_000, time.FixedZone("CET", 3600))
	end := Time(at.Add(time.Second))
	a := Alert{
		Head: Head{Node: "n", Source: "fan", Model: Model{Name: "m", Hash: "h"}, BootID: "b", Seq: 17, Time: Time(at),
			Clocked: Clocked{TimeSynced: true}},
		Phase: End, Event: "e", Start: Time(at), End: &end, Cause: decide.Cleared, State: state.Normal,
		Score: 31.2512345678, Threshold: 12.5, Ratio: Number(math.Inf(1)),
		Peak:  Peak{Time: Time(at), Score: 1e-9, Ratio: Number(math.NaN())},
		Bands: Round([]decide.BandRange{{FromHz: 99.6, ToHz: 200.2, Share: 0.12345}}),
	}
	const want = `{"node":"n","source":"fan","model":{"name":"m","hash":"h"},"boot_id":"b","seq":17,` +
		`"time":"2026-11-23T15:43:11.250Z","time_synced":true,"phase":"end","event":"e","start":"2026-11-23T15:43:11.250Z",` +
		`"end":"2026-11-23T15:43:12.250Z","cause":"cleared","state":"normal","score":31.2512,"threshold":12.5,"ratio":3.40282e+38,` +
		`"peak":{"time":"2026-11-23T15:43:11.250Z","score":1e-09,"ratio":3.40282e+38},"bands":[{"from_hz":100,"to_hz":200,"share":0.123}]}`
	got, err := Encode(a)
	if err != nil || string(got) != want {
		t.Fatalf("error %v\ngot  %s\nwant %s", err, got, want)
	}
	var back Alert
	if err := json.Unmarshal(got, &back); err != nil || back.Seq != 17 ||
		!time.Time(back.Time).Equal(at.Truncate(time.Millisecond)) {
		t.Errorf("read back: %+v, %v", back, err)
	}
}

// TestBands names five of eight ranges: those that raise the score most, above what is
// normal for them.
func TestBands(t *testing.T) {
	profile := modeltest.Profile()
	profile.Bands = 16
	m, err := model.Parse(modeltest.Silent(t, profile, nil))
	if err != nil {
		t.Fatal(err)
	}
	evidence, normal := make([]float64, 16), make([]float64, 16)
	for b := 0; b < 16; b += 2 { // excess 10, 11, … 17
		evidence[b], normal[b] = float64(20+b/2), 10
	}
	const total = 10 + 11 + 12 + 13 + 14 + 15 + 16 + 17
	var want []decide.BandRange
	for b := 14; b >= 6; b -= 2 {
		low, high := m.BandHz(b)
		share := float64(10+b/2) / total
		want = append(want, decide.BandRange{
			FromHz: math.Round(low), ToHz: math.Round(high), Share: math.Round(1000*share) / 1000,
		})
	}
	if got := Bands(m, evidence, normal); !slices.Equal(got, want) {
		t.Errorf("bands %v, want %v", got, want)
	}
}

func TestTopics(t *testing.T) {
	for got, want := range map[string]string{
		StatusTopic("n"):     "auscult/n/status",
		StateTopic("n", "s"): "auscult/n/s/state",
		ScoreTopic("n", "s"): "auscult/n/s/score",
		AlertTopic("n", "s"): "auscult/n/s/alert",
	} {
		if got != want {
			t.Errorf("topic %s, want %s", got, want)
		}
	}
}

func TestTimeRefusesNonsense(t *testing.T) {
	var v Time
	for _, s := range []string{`"yesterday"`, `7`, `{}`} {
		if err := json.Unmarshal([]byte(s), &v); err == nil {
			t.Errorf("%s was read as a time", s)
		}
	}
}
