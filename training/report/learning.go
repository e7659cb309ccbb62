package report

import (
	"fmt"

	"gonum.org/v1/plot/plotter"

	"github.com/auscult/auscult/training/report/content"
)

// lossCharts shows what training made small, what became of clips that were held back, and the learning rate.
func lossCharts(l *content.Learning, what string) ([]figure, error) {
	lines := []curve{{"learned", normal, enumerate(l.Loss)}}
	caption := "What training makes small, by epoch, on the clips that are learned. No clip was held back from this training (--patience or --validation-share does)."
	if n := len(l.Validation); n > 0 {
		lines = append(lines, curve{"held back", abnormal, enumerate(l.Validation)})
		caption = "What training makes small, by epoch, on the clips that are learned and on clips that were held back."
		best := l.BestEpoch
		if best < 1 || best > n {
			best = n
		}
		caption += fmt.Sprintf(" The weights are those of epoch %d, where what was held back came out best.", best)
		mark := plotter.XYs{{X: float64(best), Y: 0}, {X: float64(best), Y: l.Validation[best-1]}}
		lines = append(lines, curve{"", faintInk, mark})
	}
	loss, err := lineChart("epoch", what, lines)
	if err != nil {
		return nil, err
	}
	figures := []figure{{Drawing: loss, Caption: caption}}
	if len(l.Rates) == 0 {
		return figures, nil
	}
	rates, err := lineChart("epoch", "learning rate", []curve{{"", third, enumerate(l.Rates)}})
	if err != nil {
		return nil, err
	}
	return append(figures, figure{Drawing: rates, Caption: "The learning rate at the begin of each epoch."}), nil
}
