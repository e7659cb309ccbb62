package hw

// Unit is what samples are counted in.
type Unit string

// Units. A source that does not know its own has the empty one.
const (
	G         Unit = "g"          // acceleration, in standard gravity of 9.80665 m/s²
	FullScale Unit = "full_scale" // sound, in parts of the converter's range
)

// Origin says what samples are of, as far as what they mean depends on it. It goes with them,
// into recordings and what is learned of those. The zero value is that nothing is known.
type Origin struct {
	Sensor string `json:"sensor,omitempty"` // for people: chip and bus, or card and device
	Serial string `json:"serial,omitempty"` // of the card; empty: it has none
	Unit   Unit   `json:"unit,omitempty"`
	// FullScale is what a sample of 2^31 stands for, in Unit.
	FullScale float64 `json:"full_scale,omitempty"`
	// Range is what was asked for: some chips' words reach beyond.
	Range float64 `json:"range,omitempty"`
	// Bits are the significant ones of a sample, which a file may store in more; 0: as many as it has.
	Bits int `json:"bits,omitempty"`
	// RateHz is the true rate of samples, 0 where it is not known better than by Format.
	RateHz float64 `json:"true_rate_hz,omitempty"`
	// Mixer is how the card's capture controls stand, in one line; empty: it has none.
	Mixer string `json:"mixer,omitempty"`
}

// OriginOf returns what src says of its samples, the zero value when it says nothing.
func OriginOf(src Source) Origin {
	if o, ok := src.(interface{ Origin() Origin }); ok {
		return o.Origin()
	}
	return Origin{}
}
