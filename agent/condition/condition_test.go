package condition

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/inbox"
)

func TestValues(t *testing.T) {
	now := time.Unix(1000, 0)
	fixed := 12.5
	plain := Input{Name: "speed", Topic: "plant/speed", MaxAge: time.Minute}
	nested := Input{Name: "load", Topic: "plant/drive", Field: "motor.load", MaxAge: time.Minute}
	constant := Input{Name: "valve", Fixed: &fixed}
	r := NewReadings(func() time.Time { return now }, []Input{plain, nested, constant})
	var router inbox.Router
	r.Listen(&router)
	if got := router.Topics(); !slices.Equal(got, []string{"plant/drive", "plant/speed"}) {
		t.Errorf("topics %q", got)
	}
	if v, err := r.Value(constant); v != 12.5 || err != nil {
		t.Errorf("fixed: %g, %v", v, err)
	}
	if _, err := r.Value(plain); err == nil || !strings.Contains(err.Error(), "waiting for speed on the topic plant/speed") {
		t.Errorf("nothing came: %v", err)
	}
	router.Receive("plant/speed", []byte(" 1480.5\n"))
	router.Receive("plant/drive", []byte(`{"motor":{"load":"73.2","name":"M1"}}`))
	router.Receive("somewhere/else", []byte("1"))
	if v, err := r.Value(plain); v != 1480.5 || err != nil {
		t.Errorf("number: %g, %v", v, err)
	}
	if v, err := r.Value(nested); v != 73.2 || err != nil {
		t.Errorf("field: %g, %v", v, err)
	}
	now = now.Add(time.Minute)
	if _, err := r.Value(plain); err != nil {
		t.Errorf("a minute old: %v", err)
	}
	now = now.Add(time.Second)
	if _, err := r.Value(plain); err == nil || !strings.Contains(err.Error(), "older than 1m0s") {
		t.Errorf("too old: %v", err)
	}
	r.Receive("plant/speed", []byte("1500"))
	r.Receive("plant/speed", []byte("stopped"))
	if _, err := r.Value(plain); err == nil || !strings.Contains(err.Error(), "neither a number nor JSON") {
		t.Errorf("after a payload that cannot be used: %v", err)
	}
}

func TestPayloadsRefused(t *testing.T) {
	for payload, want := range map[string]string{
		"":                            "neither",
		"NaN":                         "neither",
		"1e999":                       "neither",
		"true":                        "no number",
		`"Inf"`:                       "no number",
		`"-Inf"`:                      "no number",
		`{"a":1}`:                     "name its field",
		strings.Repeat("9", 5000):     "5000 bytes",
		strings.Repeat("[", 4000):     "neither",
		`[1]`:                         "no number",
		strings.Repeat(" ", 4090):     "neither",
		`{"a":{"b":{"c":[{}]}}}` + "": "name its field",
	} {
		if _, err := number([]byte(payload), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", payload, err, want)
		}
	}
	for payload, want := range map[string]string{"7": `no field "a.b"`, `{"a":7}`: `no field "a.b"`,
		`{"a":{}}`: "is no number", `{"a":{"b":null}}`: "is no number"} {
		if _, err := number([]byte(payload), "a.b"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", payload, err, want)
		}
	}
}

// TestLongestPayload reads 4096 bytes and not one more.
func TestLongestPayload(t *testing.T) {
	longest := "7" + strings.Repeat(" ", 4095)
	if v, err := number([]byte(longest), ""); v != 7 || err != nil {
		t.Errorf("%g, %v", v, err)
	}
	if _, err := number([]byte(longest+" "), ""); err == nil || !strings.Contains(err.Error(), "at most 4096") {
		t.Errorf("a byte more: %v", err)
	}
}
