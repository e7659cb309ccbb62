package vibration

// moments accumulates the first four central moments of samples in one pass.
type moments struct {
	n, mean    float64
	m2, m3, m4 float64 // sums of powers of the distance from the mean
	low, high  int32
}

func (m *moments) add(pcm []int32) {
	for _, v := range pcm {
		x := float64(v)
		if m.n == 0 {
			m.low, m.high = v, v
		}
		m.low, m.high = min(m.low, v), max(m.high, v)
		before := m.n
		m.n++
		d := x - m.mean
		dn := d / m.n
		dn2 := float64(dn * dn)
		t := float64(float64(d*dn) * before)
		m.mean += dn
		shape := float64(m.n*m.n) - float64(3*m.n) + 3
		m.m4 += float64(float64(t*dn2)*shape) + float64(float64(6*dn2)*m.m2) - float64(float64(4*dn)*m.m3)
		m.m3 += float64(float64(t*dn)*(m.n-2)) - float64(float64(3*dn)*m.m2)
		m.m2 += t
	}
}

// variance returns the mean square of the distance from the mean.
func (m *moments) variance() float64 {
	if m.n == 0 {
		return 0
	}
	return m.m2 / m.n
}

// kurtosis returns m4/m2^2, or 0 for a constant.
func (m *moments) kurtosis() float64 {
	if m.m2 == 0 {
		return 0
	}
	return float64(m.n*m.m4) / float64(m.m2*m.m2)
}

// peak returns the largest distance from the mean.
func (m *moments) peak() float64 {
	return max(float64(m.high)-m.mean, m.mean-float64(m.low), 0)
}
