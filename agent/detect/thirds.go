package detect

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/dsp"
)

// ByThirds names the thirds of an octave.
const ByThirds Name = "thirds"

func thirds() Kind {
	return Kind{
		Name: ByThirds, Needs: FromSound, Joins: true,
		Listens: "narrow bands that are louder or quieter than the others make expect",
		New:     func() Detector { return &Thirds{} },
	}
}

// Thirds is the Mahalanobis distance of the levels of thirds of an octave: a machine gets louder and
// quieter as a whole, or in broad bands, so what a narrow band may do depends on what the others do. Its
// details are by how many dB each third differs from what the others make expect.
type Thirds struct {
	NarrowBands `json:"thirds"`
}

// NarrowBands is how the levels of narrow bands vary together on normal sound.
type NarrowBands struct {
	// First[i] is the first band of narrow band i, which ends before the next one's. It begins with 0.
	First []int `json:"first"`
	// MeanDB are their levels in each operating state, in dB re the profile's highest code.
	MeanDB [][]float64 `json:"mean_db"`
	// Inverse is the inverse of the covariance of the levels within a state, in 1/dB²: of a symmetric matrix
	// each row up to the diagonal.
	Inverse [][]float64 `json:"inverse"`
}

// Validate implements Detector.
func (t *Thirds) Validate(size Size) error {
	n := len(t.First)
	if n < 1 || n > maxBroad || len(t.MeanDB) < 1 || len(t.MeanDB) > 1+maxLouder || len(t.Inverse) != n {
		return fmt.Errorf("%d narrow bands, %d states, %d rows: must be 1 to %d bands, up to %d states, a row for each band",
			n, len(t.MeanDB), len(t.Inverse), maxBroad, 1+maxLouder)
	}
	if err := validateFirst(t.First, size.Bands); err != nil {
		return err
	}
	for i, mean := range t.MeanDB {
		if len(mean) != n {
			return fmt.Errorf("operating state %d has %d levels for %d narrow bands", i, len(mean), n)
		}
		for b, v := range mean {
			if !inRange(v) {
				return fmt.Errorf("operating state %d has level %g at narrow band %d: must be -%d to %[4]d", i, v, b, maxDB)
			}
		}
	}
	for i, row := range t.Inverse {
		if len(row) != i+1 {
			return fmt.Errorf("row %d of the inverse has %d numbers: must be up to the diagonal", i, len(row))
		}
		for k, v := range row {
			if !(math.Abs(v) <= maxInverse) || k == i && !(v >= 1/maxInverse) {
				return fmt.Errorf("number %d in row %d of the inverse is %g: must be -%g to %[4]g, and above 0 in the diagonal",
					k, i, v, float64(maxInverse))
			}
		}
	}
	return nil
}

// maxInverse bounds what an inverse from a file may hold: a thousandth of a dB is no deviation.
const maxInverse = 1e6

// Details implements Detector.
func (t *Thirds) Details() int { return len(t.First) }

// Scorer implements Detector. The operating state that is nearest counts; the score is in standard
// deviations, root mean square.
func (t *Thirds) Scorer(Size) Score {
	decibels, n := dsp.NewDecibels(), len(t.First)
	levels, off, along := make([]float64, n), make([]float64, n), make([]float64, n)
	return func(o *Observation, e Evidence) float64 {
		powers(levels, t.First, o, decibels)
		nearest := math.Inf(1)
		for _, mean := range t.MeanDB {
			for b, v := range mean {
				off[b] = levels[b] - v
			}
			if square := t.square(along, off); square < nearest {
				nearest = square
				for b, v := range along {
					e.Details[b] = v / t.Inverse[b][b]
				}
			}
		}
		return math.Sqrt(max(0, nearest) / float64(n))
	}
}

// square returns the squared distance of levels that are off by so much, and writes the product of the
// inverse and them to along.
func (t *Thirds) square(along, off []float64) (sum float64) {
	clear(along)
	for i, row := range t.Inverse {
		for k, v := range row[:i] {
			along[i] += float64(v * off[k])
			along[k] += float64(v * off[i])
		}
		along[i] += float64(row[i] * off[i])
	}
	for i, v := range along {
		sum += float64(v * off[i])
	}
	return sum
}

// Words implements Detector: it names the third that is farthest from what the others make expect.
func (t *Thirds) Words(off []float64, edges func(b int) (lo, hi float64)) string {
	worst, highest := 0, -1.0
	for i, v := range off {
		if square := float64(v*v) * t.Inverse[i][i]; square > highest {
			worst, highest = i, square
		}
	}
	return fmt.Sprintf("%+.1f dB %s, against the other bands", off[worst], where(t.First, worst, edges))
}

// thirdsOfOctave part the bands of Thirds.
func thirdsOfOctave() (edgesHz []float64) {
	const lowest, highest = -15, 14 // of 1 kHz
	for k := lowest; k <= highest; k++ {
		edgesHz = append(edgesHz, 1000*math.Exp2((float64(k)+0.5)/3))
	}
	return edgesHz
}

// Heard parts the bands into thirds of an octave, and returns the level of each on normal sound, by sample.
func (t *Thirds) Heard(normal *Normal) (levels [][]float64) {
	t.First = firsts(normal.Bands(), normal.EdgeHz, thirdsOfOctave(), 1)
	decibels := dsp.NewDecibels()
	levels = make([][]float64, len(normal.Samples))
	for i := range levels {
		levels[i] = make([]float64, len(t.First))
		powers(levels[i], t.First, &normal.Samples[i].Observation, decibels)
	}
	return levels
}
