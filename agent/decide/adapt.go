package decide

import "fmt"

// Adaptation lets the threshold follow a slow rise of normal scores: a season, a
// filter that clogs, a neighbour that was installed. It cannot tell these from a
// fault that grows as slowly, so it is off unless asked for, and Limit bounds what
// it may forgive. What it has learned lives as long as the Decider.
type Adaptation struct {
	// Normal is the mean score of the normal sound that the threshold was chosen
	// on.
	Normal float64
	// Observations is how many of them the mean is taken over, exponentially
	// weighted; 1 to 1e9.
	Observations float64
	// Limit is how many times the model's threshold it may reach, 1 to 10.
	Limit float64
}

// maxObservations and maxLimit bound what comes from a file.
const (
	maxObservations = 1e9
	maxLimit        = 10
)

// Validate returns nil when a can be used, else an error that names the field.
func (a Adaptation) Validate() error {
	switch {
	case !(a.Normal >= 0) || a.Normal > 1e30:
		return fmt.Errorf("decide: normal score %g: must be 0 or more", a.Normal)
	case !(a.Observations >= 1) || a.Observations > maxObservations:
		return fmt.Errorf("decide: adapts over %g observations: must be 1 to 1e9", a.Observations)
	case !(a.Limit >= 1) || a.Limit > maxLimit:
		return fmt.Errorf("decide: adapts up to %g times the threshold: must be 1 to 10", a.Limit)
	}
	return nil
}

// adapting is an Adaptation at work.
type adapting struct {
	Adaptation
	mean  float64 // of unsuspicious observations
	shift float64 // by how much the threshold is above the model's
}

// Adapt makes the threshold follow normal scores from now on.
func (d *Decider) Adapt(a Adaptation) error {
	if err := a.Validate(); err != nil {
		return err
	}
	d.adapting = &adapting{Adaptation: a, mean: a.Normal}
	return nil
}

// Threshold returns what the next observation is compared with.
func (d *Decider) Threshold() float64 {
	if d.adapting == nil {
		return d.s.Threshold
	}
	return d.s.Threshold + d.adapting.shift
}

// learn takes an observation into account. A suspicious one, and all while an
// event is open, say nothing about normal sound.
func (a *adapting) learn(o *Observation, open bool, base float64) {
	if o.Suspicious || open {
		return
	}
	a.mean += float64((o.Score - a.mean) / a.Observations)
	a.shift = min(max(a.mean-a.Normal, 0), float64((a.Limit-1)*base))
}
