//go:build unix

package iio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/hwtest"
)

func TestParseElement(t *testing.T) {
	for text, want := range map[string]Element{
		"le:s16/16>>0":   {Signed: true, Bits: 16, Storage: 16, Repeat: 1},
		"be:s12/16>>4\n": {BigEndian: true, Signed: true, Bits: 12, Storage: 16, Shift: 4, Repeat: 1},
		"le:u10/16>>6":   {Bits: 10, Storage: 16, Shift: 6, Repeat: 1},
		"le:s64/64>>0":   {Signed: true, Bits: 64, Storage: 64, Repeat: 1},
		"be:s20/32>>12":  {BigEndian: true, Signed: true, Bits: 20, Storage: 32, Shift: 12, Repeat: 1},
		"le:s16/16X2>>0": {Signed: true, Bits: 16, Storage: 16, Repeat: 2},
		"be:s12/16X4>>4": {BigEndian: true, Signed: true, Bits: 12, Storage: 16, Shift: 4, Repeat: 4},
	} {
		if got, err := ParseElement(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "le", "me:s16/16>>0", "le:x16/16>>0", "le:s16", "le:s16/16", "le:s16/16>>", "le:s16/24>>0", "le:s17/16>>0",
		"le:s16/16>>1", "le:s0/16>>0", "le:s16/16X0>>0", "le:s16/16X3>>0", "le:s16/16X128>>0", "le:s16/16X>>0",
		"le:s16/16X2X2>>0", "le:s-1/16>>0", "le:s300/16>>0", strings.Repeat("le:s16/16>>0", 20),
	} {
		if _, err := ParseElement(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func FuzzParseElement(f *testing.F) {
	f.Add("le:s16/16>>0")
	f.Add("be:u12/32>>4")
	f.Add("be:s12/16X4>>4")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := ParseElement(text)
		if err != nil {
			return
		}
		b := bytes.Repeat([]byte{0xff, 0x80, 0x01, 0x7f, 0xfe, 0x55, 0xaa, 0x12}, maxRepeat)
		if v := e.Value(b); e.Bits < 64 && e.Signed && (v >= 1<<(e.Bits-1) || v < -1<<(e.Bits-1)) {
			t.Errorf("%q: %d does not fit", text, v)
		}
		e.Q31(b, math.MinInt32)
	})
}

func TestValue(t *testing.T) {
	for _, c := range []struct {
		text string
		b    []byte
		want int64
		q31  int32
	}{
		{"le:s16/16X2>>0", []byte{4, 0, 0xf9, 0xff}, -2, -2 << 16}, // of 4 and -7, rounded down
		{"be:s12/16X4>>4", []byte{0, 0x10, 0, 0x2f, 0, 0x30, 0, 0x60}, 3, 3 << 20},
		{
			"le:s64/64X2>>0", bytes.Repeat([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, 2),
			math.MaxInt64, math.MaxInt32,
		},
		{"le:s16/16>>0", []byte{0xfe, 0xff}, -2, -2 << 16},
		{"be:s16/16>>0", []byte{0x12, 0x34}, 0x1234, 0x12340000},
		{"le:s12/16>>4", []byte{0x0f, 0x80}, -2048, math.MinInt32},
		{"be:s20/32>>12", []byte{0x7f, 0xff, 0xf1, 0x23}, 0x7ffff, 0x7ffff000},
		{"le:u8/8>>0", []byte{0xff}, 255, math.MaxInt32},
		{"le:s64/64>>0", []byte{0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f}, 0x7fffffff00000000, math.MaxInt32},
	} {
		e, err := ParseElement(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Value(c.b); got != c.want {
			t.Errorf("%s of %x: %d, want %d", c.text, c.b, got, c.want)
		}
		if got := e.Q31(c.b, 0); got != c.q31 {
			t.Errorf("%s of %x: %#x in Q31, want %#x", c.text, c.b, got, c.q31)
		}
	}
}

// tree is what the kernel shows of a chip of 20 bits with a buffer: files and
// their names by Linux' Documentation/ABI/testing/sysfs-bus-iio. It was put together
// from that text, not copied from a board.
func tree() map[string]string {
	return map[string]string{
		"name":                             "adxl355",
		"in_accel_x_raw":                   "0",
		"in_accel_scale":                   "0.000038245",
		"sampling_frequency":               "1000.000000",
		"buffer/enable":                    "0",
		"buffer/length":                    "2",
		"buffer/watermark":                 "1",
		"current_timestamp_clock":          "realtime",
		"trigger/current_trigger":          "",
		"scan_elements/in_accel_x_en":      "0",
		"scan_elements/in_accel_x_index":   "0",
		"scan_elements/in_accel_x_type":    "be:s20/32>>12",
		"scan_elements/in_accel_y_en":      "0",
		"scan_elements/in_accel_y_index":   "1",
		"scan_elements/in_accel_y_type":    "be:s20/32>>12",
		"scan_elements/in_accel_z_en":      "0",
		"scan_elements/in_accel_z_index":   "2",
		"scan_elements/in_accel_z_type":    "be:s20/32>>12",
		"scan_elements/in_temp_en":         "1",
		"scan_elements/in_temp_index":      "3",
		"scan_elements/in_temp_type":       "be:u12/16>>0",
		"scan_elements/in_timestamp_en":    "0",
		"scan_elements/in_timestamp_index": "4",
		"scan_elements/in_timestamp_type":  "le:s64/64>>0",
	}
}

// plant puts a device into a new root, with a pipe for its buffer, and returns
// the pipe's other end.
func plant(t *testing.T, files map[string]string) (Root, *os.File) {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		file := filepath.Join(root, "sys/bus/iio/devices/iio:device3", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if content != "" {
			content += "\n" // the kernel shows nothing of nothing
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "dev"), 0o755); err != nil {
		t.Fatal(err)
	}
	node := filepath.Join(root, "dev/iio:device3")
	if err := syscall.Mkfifo(node, 0o600); err != nil {
		t.Fatal(err)
	}
	// Open for both, so that opening does not wait for the other end.
	pipe, err := os.OpenFile(node, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pipe.Close() })
	return Root(root), pipe
}

// scan is a scan as the kernel lays it out: three times 4 bytes, 4 bytes of
// padding, the time stamp.
func scan(index int, ns int64) []byte {
	b := make([]byte, 24)
	for axis := range 3 {
		binary.BigEndian.PutUint32(b[4*axis:], uint32(index*3+axis)<<12)
	}
	binary.LittleEndian.PutUint64(b[16:], uint64(ns))
	return b
}

func TestOpen(t *testing.T) {
	root, _ := plant(t, tree())
	devices, err := root.List()
	if err != nil || !slices.Equal(devices, []Info{{Number: 3, Name: "adxl355"}}) {
		t.Fatalf("devices %+v, error %v", devices, err)
	}
	for _, name := range []string{"adxl355", "3", "iio:device3"} {
		s, err := root.Open(name, Options{Rate: 500 * physic.Hertz, Trigger: "hrt0"})
		if err != nil {
			t.Fatal(err)
		}
		want := accel.Config{
			Rate: 500 * physic.Hertz, RangeG: 2, FullScaleMicroG: 2044673, BitsPerSample: 20, FIFODepth: 500, Watermark: 25,
		}
		if s.Config() != want {
			t.Errorf("config %+v, want %+v", s.Config(), want)
		}
		a := root.device(3)
		for file, want := range map[string]string{
			"scan_elements/in_accel_x_en": "1", "scan_elements/in_timestamp_en": "1", "scan_elements/in_temp_en": "0",
			"buffer/enable": "1", "buffer/length": "500", "buffer/watermark": "25", "sampling_frequency": "500",
			"trigger/current_trigger": "hrt0",
			"current_timestamp_clock": "monotonic",
		} {
			if got, err := a.read(file); got != want || err != nil {
				t.Errorf("%s holds %q, error %v, want %q", file, got, err, want)
			}
		}
		if err := s.SelfTest(); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("self-test: %v", err)
		}
		if err := s.Halt(); err != nil {
			t.Error(err)
		}
		if got, _ := a.read("buffer/enable"); got != "0" {
			t.Error("the buffer is on after Halt")
		}
	}
}

func TestOpenFails(t *testing.T) {
	for _, c := range []struct {
		file, content string
		want          string
	}{
		{"scan_elements/in_accel_y_type", "le:s16", "has no stored bits"},
		{"scan_elements/in_accel_y_type", "be:u20/32>>12", "has no sign"},
		{"in_accel_offset", "many", "must be a number within the 20 bits"},
		{"in_accel_offset", "NaN", "must be a number within the 20 bits"},
		{"in_accel_z_offset", "2e6", "must be a number within the 20 bits"},
		{"scan_elements/in_accel_y_index", "one", "must be a number"},
		{"scan_elements/in_timestamp_type", "le:s32/32>>0", "must be 64"},
		{"in_accel_scale", "0", "must be a positive number"},
		{"in_accel_scale", "NaN", "must be a positive number"},
		{"in_accel_scale", "1e300", "makes no sense"},
		{"sampling_frequency", "-3", "must be 1 to 100000"},
		{"in_accel_z_scale", "0.5", "different scales"},
		{"scan_elements/in_accel_z_en", "", "2 of the axes"},
		{"sampling_frequency", "", "its rate is the trigger's"},
		{"buffer/enable", "", "the driver made no buffer"},
	} {
		files := tree()
		files[c.file] = c.content
		if c.content == "" {
			delete(files, c.file)
		}
		root, _ := plant(t, files)
		s, err := root.Open("3", Options{})
		if err == nil {
			stop(t, s)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: error %v, want %q", c.file, c.content, err, c.want)
		}
	}
	root, _ := plant(t, tree())
	if _, err := root.Open("lis3dh", Options{}); err == nil || !strings.Contains(err.Error(), "is its driver loaded?") {
		t.Errorf("a device that is not there: %v", err)
	}
	if devices, err := Root(t.TempDir()).List(); devices != nil || err != nil {
		t.Errorf("no subsystem: %v, %v", devices, err)
	}
}

// TestPrepared opens a device that somebody else has set up, and writes nothing: a service
// whose /sys is read-only may not.
func TestPrepared(t *testing.T) {
	root, pipe := plant(t, tree())
	o := Options{Rate: 500 * physic.Hertz, Watermark: 10}
	if err := root.Prepare("3", o); err != nil {
		t.Fatal(err)
	}
	for i := range 300 { // from when it was set up until somebody reads
		if _, err := pipe.Write(scan(1000+i, 0)); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Unix(1e9, 0)
	var files []string
	if err := filepath.WalkDir(filepath.Join(string(root), "sys"), func(name string, _ fs.DirEntry, err error) error {
		files = append(files, name)
		return errors.Join(err, os.Chtimes(name, old, old))
	}); err != nil {
		t.Fatal(err)
	}
	s, err := root.Open("3", o)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if info, err := os.Stat(name); err != nil || !info.ModTime().Equal(old) {
			t.Errorf("%s was written, %v", name, err)
		}
	}
	if _, err := pipe.Write(scan(0, 0)); err != nil {
		t.Fatal(err)
	}
	b := hw.Block{PCM: make([]int32, 3)}
	if err := s.Read(t.Context(), &b); err != nil || b.PCM[1] != 1<<12 || b.Lost != 0 || b.FirstSample != 0 {
		t.Errorf("%#x, sample %d after %d lost, %v: want the first scan since it was opened", b.PCM, b.FirstSample, b.Lost, err)
	}
	stop(t, s)
	// Set up for another rate it must be set up anew.
	if err := root.Prepare("3", o); err != nil {
		t.Fatal(err)
	}
	other, err := root.Open("3", Options{Rate: 250 * physic.Hertz})
	if err != nil || other.Config().Rate != 250*physic.Hertz {
		t.Fatalf("another rate: %v", err)
	}
	stop(t, other)
}

// TestTriggerHasTheRate takes the rate of the timer that triggers a device without one of its
// own, and sets it there.
func TestTriggerHasTheRate(t *testing.T) {
	files := tree()
	delete(files, "sampling_frequency")
	files["trigger/current_trigger"] = "auscult"
	root, _ := plant(t, files)
	for name, text := range map[string]string{
		"trigger0/name": "another", "trigger0/sampling_frequency": "7", "trigger5/name": "auscult",
		"trigger5/sampling_frequency": "100.000",
	} {
		file := filepath.Join(string(root), "sys/bus/iio/devices", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for _, rates := range [][2]physic.Frequency{{0, 100 * physic.Hertz}, {400 * physic.Hertz, 400 * physic.Hertz}} {
		asked, want := rates[0], rates[1]
		s, err := root.Open("3", Options{Rate: asked})
		if err != nil {
			t.Fatal(err)
		}
		if s.Config().Rate != want {
			t.Errorf("asked for %v: %v", asked, s.Config().Rate)
		}
		stop(t, s)
	}
}

// TestStable names devices by what they keep, and what it names is found.
func TestStable(t *testing.T) {
	list := []Info{
		{Number: 0, Name: "adxl355", Label: "press"}, {Number: 1, Name: "adxl355", Node: "soc/i2c@1/adxl355@1d"},
		{Number: 2, Name: "adxl355", Node: "soc/i2c@2/adxl355@1d"},
		{Number: 3, Name: "kx134", Label: "fan", Node: "soc/spi@0/kx134@0"},
		{Number: 4, Name: "x", Label: "fan", Node: "soc/i2c@1/x@1"}, {Number: 5, Name: "lis3dh"},
	}
	for i, want := range []string{
		"press", "soc/i2c@1/adxl355@1d", "soc/i2c@2/adxl355@1d", "kx134@0", "x@1", "iio:device5",
	} {
		if got := list[i].Stable(list); got != want {
			t.Errorf("%+v is %s, want %s", list[i], got, want)
		}
	}
}

// TestNames finds a device by what the device tree calls it.
func TestNames(t *testing.T) {
	files := tree()
	files["label"] = "bearing"
	root, _ := plant(t, files)
	if err := os.Symlink("../../../../firmware/devicetree/base/soc/i2c@7e804000/adxl355@1d",
		filepath.Join(string(root), "sys/bus/iio/devices/iio:device3/of_node")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bearing", "soc/i2c@7e804000/adxl355@1d", "i2c@7e804000/adxl355@1d", "adxl355@1d"} {
		if n, err := root.Find(name); n != 3 || err != nil {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
	if _, err := root.Find("355@1d"); err == nil {
		t.Error("half a name was found")
	}
}

// TestOffset applies what a driver adds: chips without sign have half of their range subtracted.
func TestOffset(t *testing.T) {
	files := tree()
	for _, axis := range axes {
		files["scan_elements/"+axis+"_type"] = "be:u20/32>>12"
	}
	files["in_accel_offset"], files["in_accel_z_offset"] = "-524288", "-524286.5"
	root, pipe := plant(t, files)
	s, err := root.Open("3", Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	raw := make([]byte, 24)
	for axis, v := range []uint32{0, 1<<20 - 1, 1<<20 - 1} {
		binary.BigEndian.PutUint32(raw[4*axis:], v<<12)
	}
	if _, err := pipe.Write(raw); err != nil {
		t.Fatal(err)
	}
	b := hw.Block{PCM: make([]int32, 3)}
	if err := s.Read(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if want := []int32{math.MinInt32, (1<<19 - 1) << 12, math.MaxInt32}; !slices.Equal(b.PCM, want) {
		t.Errorf("%#x, want %#x", b.PCM, want)
	}
}

// TestTriggerIsGiven opens a device that has no trigger: it gets its driver's own, else a timer, which
// does not ask more often than the chip measures.
func TestTriggerIsGiven(t *testing.T) {
	for _, c := range []struct {
		own, timer bool
		rate       physic.Frequency
		want       string
	}{
		{true, true, 0, "adxl355-dev3"}, {false, true, 0, "auscult-3"}, {false, true, 400 * physic.Hertz, "auscult-3"},
		{false, false, 0, ""},
	} {
		files := tree()
		delete(files, "sampling_frequency")
		root, _ := plant(t, files)
		put := func(name, text string) {
			file := filepath.Join(string(root), name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		if c.own {
			put("sys/bus/iio/devices/trigger0/name", "adxl355-dev3")
			put("sys/bus/iio/devices/trigger0/sampling_frequency", "50")
		}
		if c.timer {
			put("sys/bus/iio/devices/trigger1/name", "auscult-3")
			put("sys/bus/iio/devices/trigger1/sampling_frequency", "100")
			if err := os.MkdirAll(filepath.Join(string(root), timers), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		err := root.Prepare("3", Options{Rate: c.rate})
		got, _ := root.device(3).read(current)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%+v: trigger %q, %v", c, got, err)
		}
		if c.want == "" && (err == nil || !strings.Contains(err.Error(), "iio-trig-hrtimer")) {
			t.Errorf("without one: %v", err)
		}
		_, made := os.Stat(filepath.Join(string(root), timers, "auscult-3"))
		if (made == nil) != (c.want == "auscult-3") {
			t.Errorf("%+v: made a timer: %v", c, made)
		}
	}
}

// TestTimerAndOwnRate reads a chip that has a rate and is triggered by a timer: the timer's is the
// rate of scans, and the chip measures at least as often.
func TestTimerAndOwnRate(t *testing.T) {
	files := tree()
	files[current], files["sampling_frequency"] = "clock", "100"
	root, _ := plant(t, files)
	for name, text := range map[string]string{"name": "clock", "sampling_frequency": "50"} {
		file := filepath.Join(string(root), "sys/bus/iio/devices/trigger0", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ asked, scans, chip string }{{"0", "50", "100"}, {"200", "200", "200"}} {
		var rate physic.Frequency
		if err := rate.Set(c.asked + "Hz"); err != nil {
			t.Fatal(err)
		}
		s, err := root.Open("3", Options{Rate: rate})
		if err != nil {
			t.Fatal(err)
		}
		if own, _ := root.device(3).read("sampling_frequency"); own != c.chip || s.Config().Rate.String() != c.scans+"Hz" {
			t.Errorf("asked for %s Hz: scans at %v, the chip at %s Hz", c.asked, s.Config().Rate, own)
		}
		stop(t, s)
	}
}

func stop(t *testing.T, s *Source) {
	t.Helper()
	if err := s.Halt(); err != nil {
		t.Errorf("Halt: %v", err)
	}
}

// feed writes scans until the pipe is closed.
func feed(pipe *os.File, period int64) {
	var block []byte
	for i := 0; ; i++ {
		block = append(block[:0], scan(i, int64(i)*period)...)
		if _, err := pipe.Write(block); err != nil {
			return
		}
	}
}

func TestConformance(t *testing.T) {
	for name, files := range map[string]map[string]string{"with time stamps": tree(), "without": nil} {
		if files == nil {
			files = tree()
			for _, part := range []string{"en", "index", "type"} {
				delete(files, "scan_elements/in_timestamp_"+part)
			}
		}
		t.Run(name, func(t *testing.T) {
			hwtest.TestSource(t, func(t *testing.T) hw.Source {
				root, pipe := plant(t, files)
				s, err := root.Open("adxl355", Options{})
				if err != nil {
					t.Fatal(err)
				}
				go feed(pipe, 1e6)
				return s
			}, hwtest.Want{Format: hw.Format{SampleRateHz: 1000, Channels: 3, BitsPerSample: 20}})
		})
	}
}

// TestLoss leaves scans out, and makes one late that is not lost.
func TestLoss(t *testing.T) {
	const period = 1_010_000 // the chip is 1 % slow
	root, pipe := plant(t, tree())
	s, err := root.Open("3", Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	missing := map[int]bool{50: true, 1500: true, 1501: true, 1502: true, 4000: true}
	const scans = 5000
	go func() {
		for i := range scans {
			ns := int64(i) * period
			if i%700 == 3 {
				ns += 900_000 // its interrupt was served late
			}
			if !missing[i] {
				if _, err := pipe.Write(scan(i, ns)); err != nil {
					return
				}
			}
		}
	}()
	b := hw.Block{PCM: make([]int32, 3*64)}
	for next := uint64(0); next < scans; {
		if err := s.Read(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(b.PCM); i += 3 {
			if got, want := b.PCM[i]>>12, int32(b.FirstSample+uint64(i/3))*3; got != want {
				t.Fatalf("sample %d holds %d, want %d", b.FirstSample+uint64(i/3), got, want)
			}
		}
		next = b.FirstSample + uint64(len(b.PCM)/3)
	}
	if stats := s.Stats(); stats.Lost != uint64(len(missing)) || stats.Overruns != 3 ||
		stats.SampleTimes != scans-uint64(len(missing)) {
		t.Errorf("%+v, want %d lost in 3 gaps", stats, len(missing))
	}
	if e := s.Clock(); !e.OK || math.Abs(e.DriftPPM - -9901) > 5 {
		t.Errorf("clock %+v, want -9901 ppm", e)
	}
}

// TestClockIsSet has an old kernel, which stamps by the wall clock, and sets that
// clock: no scan is lost, and blocks keep to the host's time.
func TestClockIsSet(t *testing.T) {
	files := tree()
	delete(files, "current_timestamp_clock")
	root, pipe := plant(t, files)
	s, err := root.Open("3", Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	const scans = 3000
	go func() {
		for i := range scans {
			ns := int64(i) * 1e6
			switch {
			case i >= 2000:
				ns -= 7200e9
			case i >= 1000:
				ns += 3600e9
			}
			if _, err := pipe.Write(scan(i, ns)); err != nil {
				return
			}
		}
	}()
	began := time.Now()
	b := hw.Block{PCM: make([]int32, 3*64)}
	for next := uint64(0); next < scans; next = b.FirstSample + uint64(len(b.PCM)/3) {
		if err := s.Read(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if d := b.Time.Sub(began); d < -scans*time.Millisecond || d > time.Minute {
			t.Fatalf("sample %d at %v after the beginning", b.FirstSample, d)
		}
	}
	if stats := s.Stats(); stats.Lost != 0 || stats.SampleTimes != scans {
		t.Errorf("%+v, want nothing lost", stats)
	}
	if e := s.Clock(); !e.OK || math.Abs(e.DriftPPM) > 5 {
		t.Errorf("clock %+v, want no drift", e)
	}
}

func TestSilent(t *testing.T) {
	root, pipe := plant(t, tree())
	s, err := root.Open("3", Options{Watermark: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	b := hw.Block{PCM: make([]int32, 3)}
	if _, err := pipe.Write(scan(0, 0)[:7]); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := s.Read(t.Context(), &b); !errors.Is(err, accel.ErrSilent) || time.Since(began) > 5*time.Second {
		t.Errorf("error %v after %v, want ErrSilent within seconds", err, time.Since(began))
	}
}

func TestEnd(t *testing.T) {
	root, pipe := plant(t, tree())
	s, err := root.Open("3", Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	if err := pipe.Close(); err != nil {
		t.Fatal(err)
	}
	b := hw.Block{PCM: make([]int32, 3)}
	if err := s.Read(t.Context(), &b); !errors.Is(err, io.EOF) {
		t.Errorf("the device went away: %v, want io.EOF", err)
	}
}
