package table

import (
	"strings"
	"testing"
)

func TestReadTable(t *testing.T) {
	for name, text := range map[string]string{
		"commas":     "0.5, 1, -1\n-0.5, 1.5, 1\n",
		"names":      "x;y;z\n0.5;1;-1\n-0.5;1.5;1",
		"tabs":       "# 200 Hz\n\n0.5\t1\t-1\n-0.5\t1.5\t1\r\n",
		"exponents":  "5e-1 1 -1\n-5e-1 1.5 1\n",
		"names only": "t,y,z\n0.5,1,-1\n-0.5,1.5,1\n",
	} {
		pcm, columns, err := readTable(strings.NewReader(text), 1)
		if err != nil || columns != 3 || len(pcm) != 2 {
			t.Errorf("%s: %d values of %d columns, error %v", name, len(pcm), columns, err)
			continue
		}
		// 1 and 1.5 g without their mean are ±0.25 of 16 g.
		if want := int32(1 << 31 / 64); pcm[0] != -want || pcm[1] != want {
			t.Errorf("%s: %d", name, pcm)
		}
	}
	for text, want := range map[string]string{
		"":                             "holds no numbers",
		"x,y\n":                        "holds no numbers",
		"1,2\n3\n":                     "line 2 has 1 numbers, those before have 2",
		"1,2\n3,nan\n":                 `line 2: "nan" is no acceleration`,
		"1,2\n3,1e300\n":               "line 2",
		"1,2\nx,y\n":                   `"y" is no acceleration`,
		strings.Repeat("1,", 65) + "1": "66 columns: at most 64",
		";;\n1,2\n":                    "line 1 holds no numbers",
		strings.Repeat("1", 1<<17):     "too long",
	} {
		if _, _, err := readTable(strings.NewReader(text), 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: error %v, want %q", text, err, want)
		}
	}
}
