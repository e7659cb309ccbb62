package network

import "math"

// contrast computes the normalised temperature-scaled cross entropy (NT-Xent) of
// two views of each sample: rows i and i+half of the outputs show the same one.
type contrast struct {
	e           *engine
	temperature float64
	y, dy       []float32
	half, size  int
	unit        []float64 // the rows, each of length 1
	length      []float64
	share       []float64 // rows x rows: what each row gives to each other, less the wanted
	loss        []float64 // by row
	pull        []float64 // scratch: the gradient by each unit row

	similarTask, gradientTask func(worker, task int)
}

func newContrast(e *engine, temperature float64) *contrast {
	c := &contrast{e: e, temperature: temperature}
	c.similarTask, c.gradientTask = c.similarRow, c.gradientRow
	return c
}

// gradient writes the loss's gradient by the outputs y of rows of size values to dy,
// unless that is nil, and returns the loss in nats, the mean over rows.
func (c *contrast) gradient(dy, y []float32, size int) float64 {
	rows := len(y) / size
	c.y, c.dy, c.half, c.size = y, dy, rows/2, size
	if len(c.unit) < len(y) {
		c.unit, c.pull = make([]float64, len(y)), make([]float64, len(y))
	}
	if len(c.loss) < rows {
		c.loss, c.length, c.share = make([]float64, rows), make([]float64, rows), make([]float64, rows*rows)
	}
	for i := range rows {
		sum := 0.0
		for _, v := range y[i*size : (i+1)*size] {
			sum += float64(v) * float64(v)
		}
		c.length[i] = max(math.Sqrt(sum), minLength)
		for k, v := range y[i*size : (i+1)*size] {
			c.unit[i*size+k] = float64(v) / c.length[i]
		}
	}
	c.e.run(rows, c.similarTask)
	if dy != nil {
		c.e.run(rows, c.gradientTask)
	}
	sum := 0.0
	for _, l := range c.loss[:rows] {
		sum += l
	}
	return sum / float64(rows)
}

// minLength keeps a row of zeros from being divided by its length.
const minLength = 1e-12

// similarRow finds row i's loss and what it asks of the others.
func (c *contrast) similarRow(_, i int) {
	rows := 2 * c.half
	share := c.share[i*rows : (i+1)*rows]
	wanted := (i + c.half) % rows
	highest := math.Inf(-1)
	for j := range share {
		if j == i {
			continue
		}
		dot := 0.0
		for k, v := range c.unit[i*c.size : (i+1)*c.size] {
			dot += v * c.unit[j*c.size+k]
		}
		share[j] = dot / c.temperature
		highest = max(highest, share[j])
	}
	near, sum := share[wanted], 0.0
	share[i] = math.Inf(-1)
	for j, v := range share {
		share[j] = math.Exp(v - highest)
		sum += share[j]
	}
	c.loss[i] = math.Log(sum) + highest - near
	for j := range share {
		share[j] /= sum
	}
	share[wanted]--
}

// gradientRow joins what row i asks of the others with what they ask of it.
func (c *contrast) gradientRow(_, i int) {
	rows := 2 * c.half
	scale := 1 / (c.temperature * float64(rows))
	unit := c.unit[i*c.size : (i+1)*c.size]
	pull := c.pull[i*c.size : (i+1)*c.size]
	clear(pull)
	along := 0.0
	for j := range rows {
		g := (c.share[i*rows+j] + c.share[j*rows+i]) * scale
		for k, v := range c.unit[j*c.size : (j+1)*c.size] {
			pull[k] += g * v
		}
	}
	for k, v := range pull {
		along += v * unit[k]
	}
	for k, v := range pull {
		c.dy[i*c.size+k] = float32((v - along*unit[k]) / c.length[i])
	}
}
