package dataset

import (
	"archive/zip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// published are files as data sets that can be downloaded have them, with the
// label that each must get; "" is left out.
var published = map[Layout]map[string]Label{
	MIMII: {
		"6_dB_pump/pump/id_00/normal/00000000.wav":   Normal,
		"6_dB_pump/pump/id_00/normal/00000001.wav":   Normal,
		"6_dB_pump/pump/id_00/abnormal/00000000.wav": Abnormal,
		"6_dB_pump/readme.wav":                       "",
	},
	ToyADMOS: {
		"ToyCar/case1/NormalSound_IND/1_ch1.wav":          Normal,
		"ToyCar/case1/NormalSound_CNT/1_ch1.wav":          Normal,
		"ToyCar/case1/AnomalousSound_IND/normal_ch1.wav":  Abnormal,
		"ToyCar/case1/EnvironmentalNoise_CNT/noise_1.wav": "",
	},
	DCASE2020: {
		"fan/train/normal_id_00_00000000.wav": Normal,
		"fan/train/normal_id_00_00000001.wav": Normal,
		"fan/test/normal_id_00_00000000.wav":  Normal,
		"fan/test/anomaly_id_00_00000000.wav": Abnormal,
		"fan/test/id_00_00000000.wav":         "",
	},
	DCASE2022: {
		"bearing/train/section_00_source_train_normal_0000_vel_6.wav":   Normal,
		"bearing/train/section_00_target_train_normal_0001_vel_9.wav":   Normal,
		"bearing/test/section_00_source_test_normal_0000_vel_6.wav":     Normal,
		"bearing/test/section_00_target_test_anomaly_0001_normal_9.wav": Abnormal,
		"bearing/test/section_00_0001.wav":                              "",
	},
}

func writeLayout(t *testing.T, dir string, l Layout) {
	t.Helper()
	hz := 100.0
	for name := range published[l] {
		writeWAV(t, filepath.Join(dir, name), 16000, tone(hz, 0.1, 0.2))
		hz += 10
	}
}

// pack writes all of dir to a zip file.
func pack(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "set.ZIP")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	if err := errors.Join(z.AddFS(os.DirFS(dir)), z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestPublishedLayouts opens each as a folder and as an archive. No clip may get
// another label than its own, and none of an anomaly, nor of a test split, may
// be learned from.
func TestPublishedLayouts(t *testing.T) {
	for l, files := range published {
		t.Run(string(l), func(t *testing.T) {
			dir := t.TempDir()
			writeLayout(t, dir, l)
			var features [][]*Features
			for _, where := range []string{dir, pack(t, dir)} {
				s := mustOpen(t, where)
				if s.Layout() != l || s.Machine() == "" {
					t.Errorf("layout %s, machine %q", s.Layout(), s.Machine())
				}
				seen := 0
				for _, c := range s.Clips() {
					if files[c.Name] != c.Label() {
						t.Errorf("%s is labelled %q", c.Name, c.Label())
					}
					seen++
				}
				for name, label := range files {
					if label != "" {
						seen--
					} else if !strings.Contains(strings.Join(s.Warnings(), "\n"), name) {
						t.Errorf("warnings %q do not name %s", s.Warnings(), name)
					}
				}
				if seen != 0 {
					t.Errorf("%d clips too many", seen)
				}
				for _, c := range s.Normal().Clips() {
					if c.Label() != Normal || files[c.Name] != Normal || strings.Contains(c.Name, "/test/") {
						t.Errorf("%s may be learned from", c.Name)
					}
				}
				if s.Normal().Len() != 2 {
					t.Errorf("%d clips to learn from, want 2", s.Normal().Len())
				}
				if d := s.Describe(); !strings.Contains(d, string(l)) || !strings.Contains(d, s.Machine()) {
					t.Errorf("described as %q", d)
				}
				n, warnings, err := ExtractNormal(context.Background(), NormalClips{s.Clips()}, options())
				if err != nil || len(warnings) > 0 {
					t.Fatal(err, warnings)
				}
				f := collect(n)
				for i := range f {
					own := *f[i].Clip
					own.kind, own.take, own.part, own.stamp = nil, nil, nil, 0
					f[i].Clip = &own
				}
				features = append(features, f)
			}
			if !reflect.DeepEqual(features[0], features[1]) {
				t.Error("the archive gives other features than the folder")
			}
		})
	}
	s := mustOpen(t, func() string { d := t.TempDir(); writeLayout(t, d, DCASE2022); return d }())
	for _, c := range s.Clips() {
		if strings.Contains(c.Name, "_0001_vel_9") &&
			(c.Domain() != "target" || c.of().attributes != "vel_9" || c.Split() != "train") {
			t.Errorf("%s: domain %q, attributes %q, split %q", c.Name, c.Domain(), c.of().attributes, c.Split())
		}
	}
}

func TestOneOfManyMachines(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{
		"fan/id_00/normal/a.wav", "fan/id_02/normal/a.wav", "pump/id_00/normal/a.wav", "pump/id_00/abnormal/b.wav",
	} {
		writeWAV(t, filepath.Join(dir, name), 16000, tone(float64(100+i), 0.1, 0.2))
	}
	for machine, want := range map[string]string{
		"": "fan/id_00, fan/id_02, pump/id_00", "id_00": "more than one", "valve/id_00": "no machine",
	} {
		if _, err := OpenPart(dir, Selection{Machine: machine}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("machine %q: error %v, want one with %q", machine, err, want)
		}
	}
	s, err := OpenPart(dir, Selection{Machine: "pump/id_00"})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Clips()) != 2 || s.Normal().Len() != 1 {
		t.Errorf("clips %v", names(s.Clips()))
	}
	if s, err := OpenPart(dir, Selection{Machine: "id_02", Layout: MIMII}); err != nil || s.Machine() != "fan/id_02" {
		t.Errorf("by the end of its path: %v", err)
	}
}

func TestLayoutRefuses(t *testing.T) {
	dir := t.TempDir()
	writeLayout(t, dir, MIMII)
	if _, err := OpenPart(dir, Selection{Layout: "x"}); err == nil || !strings.Contains(err.Error(), "unknown layout") {
		t.Errorf("unknown layout: %v", err)
	}
	if _, err := OpenPart(dir, Selection{Layout: DCASE2020}); err == nil {
		t.Error("a layout that does not fit: no error")
	}
	writeLayout(t, dir, DCASE2020)
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "side by side") {
		t.Errorf("two layouts: %v", err)
	}
	loose := t.TempDir()
	writeWAV(t, filepath.Join(loose, "a.wav"), 16000, tone(100, 0.1, 0.2))
	if _, err := Open(loose); err == nil || !strings.Contains(err.Error(), "normal/") {
		t.Errorf("loose files: %v", err)
	}
	for name, content := range map[string]string{"a.zip": "PK\x03\x04", "b.txt": "x"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "zip") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDamagedArchive changes bytes of a recording: the clip is left out.
func TestDamagedArchive(t *testing.T) {
	dir := t.TempDir()
	writeLayout(t, dir, MIMII)
	name := pack(t, dir)
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 0xff
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(name)
	if err == nil && !strings.Contains(strings.Join(s.Warnings(), "\n"), "left out") {
		t.Errorf("damaged, but opened without a word: %q", s.Warnings())
	}
}
