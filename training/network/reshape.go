package network

// reshape leaves the values as they lie: in both shapes the channel changes fastest.
type reshape struct{}

func (reshape) params() []*param { return nil }

func (reshape) reserve(int) {}

func (reshape) forward(x []float32, _ int, _ bool) []float32 { return x }

func (reshape) backward(dy, _ []float32, _ int) []float32 { return dy }
