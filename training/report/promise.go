package report

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/training/report/content"
)

// promise shows how many events normal sound raises, and how small a change is noticed how soon.
func promise(s *content.Study) (blocks []block) {
	o := s.Outlook
	if o == nil || o.Expected == nil && len(o.Changes) == 0 {
		return nil
	}
	lines := o.Lines()
	if s.Observed != nil {
		lines = append(lines, s.Observed.String())
	}
	blocks = append(blocks, block{Heading: "What this promises", List: lines})
	if len(o.Changes) == 0 {
		return blocks
	}
	t := &table{Head: head("louder by, dB#", "where", "level of its bands, dB#", "noticed")}
	for i := range o.Changes {
		c := &o.Changes[i]
		where, level := "in all", ""
		if !c.All() {
			where = fmt.Sprintf("a third of an octave at %.0f Hz", math.Sqrt(c.FromHz*c.ToHz))
			level = fmt.Sprintf("%.0f", c.LevelDB)
		}
		t.add(fmt.Sprintf("%.3g", c.GainDB), where, level, c.When())
	}
	return append(blocks, block{
		Text:  "Measured on normal clips that were held back, made louder where the machine is loudest, quietest and between, and played to the decision over and over for an hour. Real faults may be told sooner, or never.",
		Table: t,
	})
}
