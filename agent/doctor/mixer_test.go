package doctor

import (
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa"
)

// TestMixer warns of a mixer that is shut and of one that changes by itself, with the command that
// helps.
func TestMixer(t *testing.T) {
	gain := alsa.Control{Name: "Mic Capture Volume", Kind: alsa.Volume, DB: []float64{12}, Percent: []int{64}}
	for name, c := range map[string]struct {
		mixer     alsa.Mixer
		want      Health
		text, fix string
	}{
		"well": {alsa.Mixer{gain}, good, "mic: Mic Capture Volume=12.00 dB", ""},
		"shut": {
			alsa.Mixer{gain, {Name: "Mic Capture Switch", Kind: alsa.Switch, On: []bool{false}}}, odd,
			"shut (Mic Capture Switch=off)", "amixer -c Device cset name='Mic Capture Switch' on",
		},
		"agc": {
			alsa.Mixer{gain, {Name: "Auto Gain Control", Kind: alsa.AGC, On: []bool{true}}}, odd,
			"changes its gain by itself", "amixer -c Device cset name='Auto Gain Control' off",
		},
	} {
		var report Report
		report.mixer("mic", c.mixer, "Device")
		k := report.Checks[0]
		if len(report.Checks) != 1 || k.State != c.want ||
			!strings.Contains(k.Text, c.text) || !strings.Contains(k.Fix, c.fix) {
			t.Errorf("%s: %+v", name, report.Checks)
		}
	}
	var report Report
	report.mixer("mic", nil, "Device")
	if len(report.Checks) > 0 {
		t.Errorf("a card without a mixer: %+v", report.Checks)
	}
}

// TestAgainst compares a microphone with what a model learned.
func TestAgainst(t *testing.T) {
	learned := hw.Origin{Sensor: "hw:CARD=A,DEV=0, USB", Unit: hw.FullScale, Mixer: "Mic=12.00 dB"}
	var s model.Settings
	s.Provenance.Recorded = model.Count(nil, 48000, 16, learned)
	for name, c := range map[string]struct {
		is   func(*hw.Origin)
		want []string
	}{
		"as it was":    {func(*hw.Origin) {}, nil},
		"turned":       {func(o *hw.Origin) { o.Mixer = "Mic=6.00 dB" }, []string{"mixer fault Mic was 12.00 dB and is 6.00 dB"}},
		"another card": {func(o *hw.Origin) { o.Serial = "9" }, []string{"sensor warning (serial number 9)"}},
		"a chip":       {func(o *hw.Origin) { o.Unit = hw.G }, []string{"model fault the model has learned sound"}},
	} {
		o := learned
		c.is(&o)
		var report Report
		report.against("pump", &s, o)
		if len(report.Checks) != len(c.want) {
			t.Errorf("%s: %+v", name, report.Checks)
			continue
		}
		for i, want := range c.want {
			words := strings.SplitN(want, " ", 3)
			k := report.Checks[i]
			if k.Name != words[0] || string(k.State) != words[1] || !strings.Contains(k.Text, words[2]) || k.Fix == "" {
				t.Errorf("%s: %+v, want %q", name, k, want)
			}
		}
	}
}
