package report

import (
	"strings"
	"testing"

	"github.com/auscult/auscult/training/report/content"
)

// TestDateBlocks says how to give dates where there are none, and by whom each period is judged.
func TestDateBlocks(t *testing.T) {
	blocks, err := dateBlocks(nil)
	if err != nil || len(blocks) != 1 || !strings.Contains(blocks[0].Text, "pump_2026-01-31.wav") {
		t.Errorf("%+v, %v", blocks, err)
	}
	judged := func(ratio float64, alarms int) *content.Judged {
		return &content.Judged{Clips: 4, Ratio: ratio, Alarms: alarms}
	}
	d := &content.Dates{By: "their names", Each: "month", Undated: 2, Why: "give --retrain", Periods: []content.Period{
		{Name: "2026-01", Clips: 4}, {Name: "2026-02", Clips: 4, Given: judged(0.5, 0)},
		{Name: "2026-03", Clips: 5, Given: judged(1.5, 3)},
	}}
	blocks, err = dateBlocks(d)
	if err != nil || len(blocks) != 2 || !strings.Contains(blocks[1].Text, "is not shown: give --retrain.") {
		t.Fatalf("%+v, %v", blocks, err)
	}
	rows := blocks[0].Table.texts()
	if got := strings.Join(rows[1], " ") + "|" + strings.Join(rows[3], " "); got != "2026-01 4 - - -|2026-03 5 4 1.50 3" {
		t.Errorf("rows %q", got)
	}
	if !strings.Contains(blocks[0].Text, "2 clips without a date") {
		t.Error(blocks[0].Text)
	}
	d.Retrained, d.Why, d.Family = true, "", "dense"
	for _, c := range []struct {
		stayed, anew int
		want         string
	}{{0, 0, "is not needed"}, {4, 1, "Learning anew helps"}, {1, 3, "does not help here"}} {
		for i := range d.Periods[1:] {
			d.Periods[i+1].First, d.Periods[i+1].Before = judged(1, c.stayed), judged(0.5, c.anew)
		}
		blocks, err := dateBlocks(d)
		if err != nil || !strings.Contains(blocks[1].Text, c.want) || len(blocks[0].Table.Head) != 11 {
			t.Errorf("%+v: %+v, %v", c, blocks, err)
		}
	}
}
