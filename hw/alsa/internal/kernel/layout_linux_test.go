package kernel

import (
	"runtime"
	"testing"
	"unsafe"
)

// TestLayout compares sizes and offsets with those of the kernel's C structures,
// on the architecture that runs the test. They were computed from asound.h: a
// long has 8 bytes or 4, and is aligned to its size.
func TestLayout(t *testing.T) {
	type layout struct{ on64, on32, got uintptr }
	var (
		hw HwParams
		sw SwParams
		st status
		s3 status32
		xf transfer
	)
	for name, l := range map[string]layout{
		"hw_params":                  {608, 604, unsafe.Sizeof(hw)},
		"hw_params.intervals":        {260, 260, unsafe.Offsetof(hw.intervals)},
		"hw_params.rmask":            {512, 512, unsafe.Offsetof(hw.requested)},
		"hw_params.msbits":           {524, 524, unsafe.Offsetof(hw.msbits)},
		"hw_params.fifo_size":        {536, 536, unsafe.Offsetof(hw.fifoSize)},
		"sw_params":                  {136, 104, unsafe.Sizeof(sw)},
		"sw_params.avail_min":        {16, 12, unsafe.Offsetof(sw.AvailMin)},
		"sw_params.stop_threshold":   {40, 24, unsafe.Offsetof(sw.StopThreshold)},
		"sw_params.boundary":         {64, 36, unsafe.Offsetof(sw.Boundary)},
		"sw_params.proto":            {72, 40, unsafe.Offsetof(sw.Protocol)},
		"status":                     {152, 128, unsafe.Sizeof(st)},
		"status.trigger_tstamp":      {8, 8, unsafe.Offsetof(st.trigger)},
		"status.appl_ptr":            {40, 40, unsafe.Offsetof(st.appl)},
		"status.avail":               {64, 52, unsafe.Offsetof(st.avail)},
		"status.suspended_state":     {88, 64, unsafe.Offsetof(st.suspended)},
		"status.audio_tstamp":        {96, 72, unsafe.Offsetof(st.audioTime)},
		"status, 32-bit times":       {108, 108, unsafe.Sizeof(s3)},
		"status.avail, 32-bit times": {32, 32, unsafe.Offsetof(s3.avail)},
		"xferi":                      {24, 12, unsafe.Sizeof(xf)},
	} {
		want := l.on64
		if unsafe.Sizeof(uintptr(0)) == 4 {
			want = l.on32
		}
		if l.got != want {
			t.Errorf("%s: %d, want %d", name, l.got, want)
		}
	}
}

// TestNumbers compares the ioctls with what the macros _IOWR, _IOR and _IOW of C
// give for those sizes.
func TestNumbers(t *testing.T) {
	type number struct {
		on64, on32, got uint
	}
	for name, n := range map[string]number{
		"HW_REFINE": {0xc2604110, 0xc25c4110, ioctlRefine},
		"HW_PARAMS": {0xc2604111, 0xc25c4111, ioctlHwParams},
		"SW_PARAMS": {0xc0884113, 0xc0684113, ioctlSwParams},
		"STATUS":    {0x80984120, 0x80804120, ioctlStatus},
		"FORWARD":   {0x40084149, 0x40044149, ioctlForward},
		"READI":     {0x80184151, 0x800c4151, ioctlRead},
		"READN":     {0x80184153, 0x800c4153, ioctlPlanes},
		"PREPARE":   {0x4140, 0x4140, ioctlPrepare},
	} {
		want := n.on64
		if unsafe.Sizeof(uintptr(0)) == 4 {
			want = n.on32
		}
		if n.got != want {
			t.Errorf("%s: %#x, want %#x", name, n.got, want)
		}
	}
}

func TestHwParams(t *testing.T) {
	var p HwParams
	p.Reset()
	if !p.Offers(Access, ReadInterleaved) || !p.Offers(Format, S24LE3) || p.Offers(SubFormat, 1) {
		t.Error("Reset does not allow everything")
	}
	p.Choose(Format, S24LE3)
	if !p.Offers(Format, S24LE3) || p.Offers(Format, 0) || p.Offers(Format, S16LE) {
		t.Error("Choose leaves more than one format")
	}
	if low, high := p.Range(Rate); low != 0 || high != 1<<32-1 {
		t.Errorf("rate %d to %d", low, high)
	}
	p.Limit(Rate, 8000, 48000)
	p.intervals[Rate-firstInterval].flags |= openMin | openMax
	if low, high := p.Range(Rate); low != 8001 || high != 47999 {
		t.Errorf("open interval: %d to %d", low, high)
	}
}

func TestTimes(t *testing.T) {
	st := status{state: 3, avail: 7, appl: 9, trigger: [2]int64{5, 6}, time: [2]int64{1 << 33, 8}}
	var got Status
	st.into(&got)
	if want := (Status{Running, 9, 7, 5e9 + 6, (1<<33)*1e9 + 8}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	old := status32{state: 4, avail: 7, appl: 9, trigger: [2]int32{5, 6}, time: [2]int32{7, 8}}
	old.into(&got)
	if want := (Status{Overrun, 9, 7, 5e9 + 6, 7e9 + 8}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if State(99).String() != "in an unknown state" || Suspended.String() != "suspended" {
		t.Error("names of states")
	}
}

// TestControlLayout is TestLayout and TestNumbers of control devices.
func TestControlLayout(t *testing.T) {
	size, begin := valueLayout(runtime.GOARCH)
	type layout struct{ on64, on386, onARM, got uintptr }
	for name, l := range map[string]layout{
		"elem_id":          {64, 64, 64, unsafe.Sizeof(ElementID{})},
		"elem_list":        {80, 72, 72, unsafe.Sizeof(elementList{})},
		"elem_info":        {272, 272, 272, unsafe.Sizeof(elementInfo{})},
		"elem_info.value":  {80, 80, 80, unsafe.Offsetof(elementInfo{}.value)},
		"elem_value":       {1224, 708, 712, uintptr(size)},
		"elem_value.value": {72, 68, 72, 64 + uintptr(begin)},
		"ELEM_LIST":        {0xc0505510, 0xc0485510, 0xc0485510, uintptr(ioctlList)},
		"ELEM_INFO":        {0xc1105511, 0xc1105511, 0xc1105511, uintptr(ioctlInfo)},
		"ELEM_READ":        {0xc4c85512, 0xc2c45512, 0xc2c85512, uintptr(ioctlValues | size<<16)},
		"TLV_READ":         {0xc008551a, 0xc008551a, 0xc008551a, uintptr(ioctlTLV)},
	} {
		want := l.on64
		if word == 4 {
			want = l.onARM
			if runtime.GOARCH == "386" {
				want = l.on386
			}
		}
		if l.got != want {
			t.Errorf("%s: %#x, want %#x", name, l.got, want)
		}
	}
	for arch, want := range map[string]uint{"386": 708, "arm": 712} {
		if got, _ := valueLayout(arch); word == 4 && got != want {
			t.Errorf("%s: %d, want %d", arch, got, want)
		}
	}
}
