package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/auscult/auscult/agent/decide"
)

// ScalesText says over how long means are taken, and above what they raise the alarm; empty where
// none are.
func ScalesText(scales []decide.Scale, period time.Duration) string {
	var each []string
	for _, s := range scales {
		length := time.Duration(s.Observations) * period
		text := fmt.Sprintf("%.0f s", length.Seconds())
		if length >= 2*time.Minute {
			text = fmt.Sprintf("%.0f min", length.Minutes())
		}
		each = append(each, fmt.Sprintf("the mean of %s above %.3g", text, s.Threshold))
	}
	return strings.Join(each, ", ")
}
