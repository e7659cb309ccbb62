package families

import (
	"fmt"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/network"
)

func conditioned() Family {
	return Family{
		Name: ConditionedName, Help: "dense with speed or load beside the sound", Epochs: 30, Turn: 2, Conditions: true,
		describe: func(w Wanted) (Description, error) { return Conditioned(DenseFrames, w.Bands, w.Conditions) },
	}
}

// Conditioned describes Dense with operating conditions beside the windows: they
// drive the first layer, so that the encoder need not tell what they tell, and the
// layer behind the bottleneck, where reconstruction begins.
func Conditioned(frames, bands, conditions int) (Description, error) {
	d, err := Dense(frames, bands)
	if err != nil {
		return d, err
	}
	if conditions < 1 || conditions > model.MaxConditions {
		return Description{}, fmt.Errorf("families: %s with %d operating conditions: needs 1 to %d, such as a speed",
			ConditionedName, conditions, model.MaxConditions)
	}
	c := network.NewChain(network.Shape{H: 1, W: 1, C: frames * bands})
	for i, width := range denseWidths {
		c.Dense(width, false).BatchNorm()
		if i == 0 || denseWidths[i-1] == denseBottleneck {
			c.Condition(conditions)
		}
		c.ReLU()
	}
	c.Dense(frames*bands, true)
	d.Name, d.Layers = ConditionedName, c.Specs()
	d.Window.Layout = model.FrameMajor
	return d, nil
}
