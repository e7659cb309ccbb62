package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset/npy"
)

// npyFile is a .npy file of version 1.0 with any header and values.
func npyFile(header string, values any) []byte {
	out := []byte("\x93NUMPY\x01\x00")
	out = binary.LittleEndian.AppendUint16(out, uint16(len(header)))
	out = append(out, header...)
	var data bytes.Buffer
	if err := binary.Write(&data, binary.LittleEndian, values); err != nil {
		panic(err)
	}
	return append(out, data.Bytes()...)
}

func TestParseNPY(t *testing.T) {
	want := []float64{1, 2, 3, 4, 5, 6}
	for name, b := range map[string][]byte{
		"float32": npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n",
			[]float32{1, 2, 3, 4, 5, 6}),
		"float64": npyFile("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n", want),
		"column by column": npyFile("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n",
			[]float64{1, 4, 2, 5, 3, 6}),
		"the other byte order": npyFile("{'descr': '>i2', 'fortran_order': False, 'shape': (2, 3), }\n",
			[]byte{0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6}),
	} {
		got, shape, err := parseNPY(b)
		if err != nil || shape != [2]int{2, 3} || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v %v, error %v", name, shape, got, err)
		}
	}
	for want, b := range map[string][]byte{
		"not an array":              []byte("RIFF and more bytes"),
		"cut short":                 []byte("\x93NUMPY\x01\x00\xff\xff{}"),
		"two dimensions":            npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", []float32{1}),
		"does not describe numbers": npyFile("{'descr': '|S4', 'fortran_order': False, 'shape': (1, 1), }", []float32{1}),
		"4 bytes of data for 999999999 x 999999999": npyFile(
			"{'descr': '<f4', 'fortran_order': False, 'shape': (999999999, 999999999), }", []float32{1}),
		"3 bytes of data": npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", []byte{1, 2, 3}),
	} {
		if _, _, err := parseNPY(b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// FuzzParseNPY reads any bytes: no panic, and as many values as the shape says.
func FuzzParseNPY(f *testing.F) {
	f.Add(npyFile("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1), }", []float32{1, 2}))
	f.Add([]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		values, shape, err := parseNPY(b)
		if err == nil && len(values) != shape[0]*shape[1] {
			t.Fatalf("%d values of shape %v", len(values), shape)
		}
	})
}

// levelsOf returns bands x frames levels as the command has them.
func levelsOf(t *testing.T, bands int, rows []float32) *levels {
	t.Helper()
	p := dsp.DefaultProfile()
	p.Bands = bands
	l, err := newLevels(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.close() })
	frames := len(rows) / bands
	frame := make([]float32, bands)
	for f := range frames {
		for b := range frame {
			frame[b] = rows[b*frames+f]
			l.low, l.high = min(l.low, frame[b]), max(l.high, frame[b])
		}
		l.add(frame)
	}
	if err := l.w.Flush(); err != nil {
		t.Fatal(err)
	}
	return l
}

// TestLevels writes more frames than are turned at a time.
func TestLevels(t *testing.T) {
	const bands, frames = 3, 10000
	rows := make([]float32, bands*frames)
	for i := range rows {
		rows[i] = float32(i)
	}
	path := filepath.Join(t.TempDir(), "a.npy")
	if err := levelsOf(t, bands, rows).write(path, func(_ int, v float32) float32 { return v + 1 }); err != nil {
		t.Fatal(err)
	}
	values, shape, err := readNPY(path)
	if err != nil || shape != [2]int{bands, frames} {
		t.Fatalf("%v, %v", shape, err)
	}
	for i, v := range values {
		if v != float64(i)+1 {
			t.Fatalf("value %d is %g", i, v)
		}
	}
}

func TestCompare(t *testing.T) {
	p := dsp.DefaultProfile()
	const frames = 3
	ours, theirs := make([]float32, p.Bands*frames), make([]float32, p.Bands*frames)
	for i := range ours {
		ours[i] = float32(-10 - i%7)
		theirs[i] = ours[i]
	}
	theirs[5] -= 0.5
	theirs[frames] = -105 // far below its frame's loudest
	write := func(shape []int, values []float32) string {
		path := filepath.Join(t.TempDir(), "ref.npy")
		file, err := binary.Append(npy.HeaderFloat32(shape), binary.LittleEndian, values)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	c, err := compareWith(write([]int{p.Bands, frames}, theirs), p, levelsOf(t, p.Bands, ours))
	if err != nil {
		t.Fatal(err)
	}
	if c.Cells != 384 || c.NearCells != 383 || c.CodesDiffer != 2 {
		t.Errorf("%d cells, %d near, %d codes differ, want 384, 383, 2", c.Cells, c.NearCells, c.CodesDiffer)
	}
	if c.NearMaxDB != 0.5 || math.Abs(c.MaxDB-92) > 3 {
		t.Errorf("%g dB apart near the loudest, want 0.5; %g dB anywhere, want 92", c.NearMaxDB, c.MaxDB)
	}
	if math.Abs(c.MeanDB-(0.5+c.MaxDB)/384) > 1e-9 {
		t.Errorf("%g dB apart on average of 384 cells", c.MeanDB)
	}
	theirs[0] = float32(math.NaN())
	for want, path := range map[string]string{
		"must be finite":            write([]int{p.Bands, frames}, theirs),
		"center=False":              write([]int{p.Bands, frames + 2}, make([]float32, p.Bands*(frames+2))),
		"transpose it":              write([]int{frames, p.Bands}, theirs),
		"with the same parameters":  write([]int{2, 2}, make([]float32, 4)),
		"not a file of at most":     t.TempDir(),
		"no such file or directory": filepath.Join(t.TempDir(), "none.npy"),
	} {
		if _, err := compareWith(path, p, levelsOf(t, p.Bands, ours)); err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestPlot draws a clip with one loud band, a long one and a silent one.
func TestPlot(t *testing.T) {
	p := dsp.DefaultProfile()
	for name, c := range map[string]struct {
		frames int
		level  func(band, frame int) float32
		bright bool
	}{
		"one band": {20, func(band, _ int) float32 { return map[bool]float32{true: 0, false: -60}[band == 64] }, true},
		"a click":  {5000, func(_, frame int) float32 { return map[bool]float32{true: 0, false: -60}[frame == 2500] }, true},
		"silence":  {1, func(int, int) float32 { return dsp.FloorDB }, false},
	} {
		rows := make([]float32, p.Bands*c.frames)
		for i := range rows {
			rows[i] = c.level(i/c.frames, i%c.frames)
		}
		var b bytes.Buffer
		columns, pooled, err := levelsOf(t, p.Bands, rows).pooled(plotColumns)
		if err != nil {
			t.Fatal(err)
		}
		if err := writePlot(&b, p, pooled, soundPanel(name, columns)); err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		// Along a diagonal of the picture's middle, both colours of the scale's ends.
		size := img.Bounds().Size()
		dark, bright := 0, 0
		for x := size.X / 4; x < size.X*3/4; x++ {
			red, green, blue, _ := img.At(x, x*size.Y/size.X).RGBA()
			switch {
			case red+green+blue < 0x4000:
				dark++
			case red > 0x9000:
				bright++
			}
		}
		if size.X < 1000 || size.Y < 500 || dark < 100 || (bright > 0) != c.bright {
			t.Errorf("%s: %v, %d dark and %d bright pixels on the diagonal", name, size, dark, bright)
		}
	}
}

func TestRoundTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      string
	}{
		{0, 10, "0 1 2 3 4 5 6 7 8 9 10"}, {-55.2, -0.8, "-55 -50 -45 -40 -35 -30 -25 -20 -15 -10 -5"},
		{0.03, 0.7, "0.05 0.1 0.15 0.2 0.25 0.3 0.35 0.4 0.45 0.5 0.55 0.6 0.65 0.7"},
	} {
		var got []string
		for _, tick := range roundTicks(8)(c.low, c.high) {
			got = append(got, tick.Label)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%g to %g: %s, want %s", c.low, c.high, strings.Join(got, " "), c.want)
		}
	}
	centres := hertzTicks{[]float64{50, 150, 250, 900, 1100}}
	var got []string
	for _, tick := range centres.Ticks(0, 4) {
		got = append(got, fmt.Sprintf("%s@%.2f", tick.Label, tick.Value))
	}
	if strings.Join(got, " ") != "50@0.00 100@0.50 200@1.50 500@2.38 1000@3.50" {
		t.Errorf("ticks %v", got)
	}
}
