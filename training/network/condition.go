package network

// condition adds to each activation what the operating conditions make of it:
// y = x + c*W, in place, with the conditions c that the engine holds.
type condition struct {
	e         *engine
	count     int // conditions
	size      int // activations of a sample
	w         *param
	y, dy     []float32
	n         int
	forwardBy func(worker, task int)
	weightsBy func(worker, task int)
}

func newCondition(e *engine, s Spec) *condition {
	l := &condition{e: e, count: s.Conditions, size: s.Out.Size(), w: newParam(s.Conditions * s.Out.Size())}
	l.forwardBy, l.weightsBy = l.forwardOne, l.weightSpan
	return l
}

func (l *condition) params() []*param { return []*param{l.w} }

func (l *condition) reserve(int) {}

func (l *condition) forward(x []float32, n int, _ bool) []float32 {
	l.y, l.n = x, n
	l.e.run(n, l.forwardBy)
	return x
}

func (l *condition) forwardOne(_, i int) {
	y := l.y[i*l.size : (i+1)*l.size]
	for k, c := range l.e.conditions[i*l.count : (i+1)*l.count] {
		for j, w := range l.w.value[k*l.size : (k+1)*l.size] {
			y[j] += c * w
		}
	}
}

func (l *condition) backward(dy, _ []float32, n int) []float32 {
	l.dy, l.n = dy, n
	l.e.run(l.count*spans(l.size), l.weightsBy)
	return dy
}

// weightSpan sums some weights' gradients over the batch, in its order.
func (l *condition) weightSpan(_, t int) {
	per := spans(l.size)
	k, lo := t/per, t%per*elementSpan
	hi := min(lo+elementSpan, l.size)
	grad := l.w.grad[k*l.size+lo : k*l.size+hi]
	clear(grad)
	for i := range l.n {
		c := l.e.conditions[i*l.count+k]
		for j, d := range l.dy[i*l.size+lo : i*l.size+hi] {
			grad[j] += c * d
		}
	}
}
