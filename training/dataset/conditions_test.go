package dataset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/model"
)

func TestConditionsOfNames(t *testing.T) {
	c := Clip{kind: &kind{attributes: "spd_28V_mic_1_noise_factory_vel_-6.5"}}
	for name, want := range map[string]float64{"spd": 28, "mic": 1, "vel": -6.5} {
		if v, ok := c.Condition(name); !ok || v != want {
			t.Errorf("%s is %g, %v, want %g", name, v, ok, want)
		}
	}
	if got := strings.Join(c.ConditionNames(), " "); got != "mic spd vel" {
		t.Errorf("conditions %q", got)
	}
}

func TestConditionsTable(t *testing.T) {
	dir := t.TempDir()
	text := "file, speed_rpm, load\nnormal/a.wav, 900, 0.5\nnormal/sub/b.wav, 1500,\n"
	if err := os.WriteFile(filepath.Join(dir, ConditionsFile), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	clips := []*Clip{{Name: "normal/a.wav"}, {Name: "normal/sub/b.wav"}}
	warnings, err := readConditions(dir, clips)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("%v, warnings %q", err, warnings)
	}
	all, err := ConditionsOf(NormalClips{clips}, nil)
	if err != nil || len(all) != 1 || all[0] != (model.Condition{Name: "speed_rpm", Min: 900, Max: 1500}) {
		t.Errorf("conditions %+v, %v", all, err)
	}
	if _, err := ConditionsOf(NormalClips{clips}, []string{"load"}); err == nil ||
		!strings.Contains(err.Error(), `b.wav has no condition "load"`) {
		t.Errorf("a condition that a clip lacks: %v", err)
	}
	if _, err := ConditionsOf(NormalClips{clips[:1]}, []string{"load"}); err == nil ||
		!strings.Contains(err.Error(), "in every clip") {
		t.Errorf("a condition that does not vary: %v", err)
	}
	if _, err := ConditionsOf(NormalClips{[]*Clip{{Name: "x"}}}, nil); err == nil ||
		!strings.Contains(err.Error(), ConditionsFile) {
		t.Errorf("no conditions: %v", err)
	}
	clips = append(clips, &Clip{Name: "normal/c.wav"})
	if warnings, err = readConditions(dir, clips); err != nil || len(warnings) != 1 {
		t.Errorf("a clip without a line: %v, warnings %q", err, warnings)
	}
}

// TestConditionsDialects reads tables as spreadsheets write them.
func TestConditionsDialects(t *testing.T) {
	for name, text := range map[string]string{
		"commas":         "file,speed,load\nnormal/a.wav,900.5,0.5\nnormal/b.wav,1500,\n",
		"mark":           "\ufefffile;speed;load\r\nnormal/a.wav;900,5;0,5\r\nnormal/b.wav;1500;\r\n",
		"semicolons":     "File;speed;load\na.wav;900.5;0.5\nB.WAV;1500;\n",
		"tabs":           "FILE\tspeed\tload\nnormal\\a.wav\t900,5\t0,5\nnormal\\b.wav\t1.500,0\tn/a\n",
		"quotes":         "\"file\",\"speed\",\"load\"\n\"a.wav\",\"900.5\",\"0.5\"\n\"./normal/b.wav\",\"1,500.0\",\"\"\n",
		"decimal commas": "\"file\",\"speed\",\"load\"\n\"a.wav\",\"900,5\",\"0,5\"\n\"b.wav\",\"1500\",\"\"\n",
		"trailing":       "sep=;\nfile;speed;load;\na.wav;900,5;0,5;\nb.wav;1500;;\n",
		"remarks":        "# by hand\nfile, speed, load\na.wav , 900.5, 0.5\n\nb.wav, 1500\n",
		"open quote":     "file,speed,load\n\"a.wav,900.5,0.5\nb.wav,1500,\n",
		"UTF-16":         "\xff\xfe" + strings.Join(strings.Split("file,speed,load\na.wav,900.5,0.5\nb.wav,1500,\n", ""), "\x00") + "\x00",
	} {
		table, err := parseConditions(strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		a, b := table.of("normal/a.wav").values, table.of("Normal/B.wav").values
		if len(table) != 2 || a["speed"] != 900.5 || a["load"] != 0.5 || len(a) != 2 || b["speed"] != 1500 || len(b) != 1 {
			t.Errorf("%s: %v", name, table)
		}
	}
}

func TestConditionsRefuse(t *testing.T) {
	for name, c := range map[string][2]string{
		"empty":     {"", "first line"},
		"no file":   {"name,speed\n", "first line"},
		"text":      {"file,speed\na.wav,fast\n", "line 2: speed is \"fast\""},
		"infinite":  {"file,speed\na.wav,Inf\n", "must be a number"},
		"twice":     {"file,speed\na.wav,1\n./a.wav,2\n", "twice"},
		"ragged":    {"file,speed\na.wav,1,2\n", "line 2: 3 cells, the first line has 2"},
		"long line": {"file,speed\n" + strings.Repeat("a", 2<<20), "longer than 1 MiB"},
	} {
		if _, err := parseConditions(strings.NewReader(c[0])); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v, want %q", name, err, c[1])
		}
	}
}
