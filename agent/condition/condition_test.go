package condition

import (
	"errors"
	"fmt"
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
	r := NewReadings(func() time.Time { return now }, func() bool { return true }, []Input{plain, nested, constant})
	var router inbox.Router
	r.Listen(&router, []Input{plain, nested, constant})
	if got := router.Topics(); !slices.Equal(got, []string{"plant/drive", "plant/speed"}) {
		t.Errorf("topics %q", got)
	}
	if v, err := r.Value(constant); v != 12.5 || err != nil {
		t.Errorf("fixed: %g, %v", v, err)
	}
	if _, err := r.Value(plain); err == nil || !strings.Contains(err.Error(), "waiting for speed on the topic plant/speed") {
		t.Errorf("nothing came: %v", err)
	}
	router.Receive("plant/speed", []byte(" 1480.5\n"), false)
	router.Receive("plant/drive", []byte(`{"motor":{"load":"73.2","name":"M1"}}`), false)
	router.Receive("somewhere/else", []byte("1"), false)
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
	r.Receive("plant/speed", []byte("1500"), false)
	r.Receive("plant/speed", []byte("stopped"), false)
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
		if _, err := numberIn([]byte(payload), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", payload, err, want)
		}
	}
	for payload, want := range map[string]string{"7": `no field "a.b"`, `{"a":7}`: `no field "a.b"`,
		`{"a":{}}`: "is no number", `{"a":{"b":null}}`: "is no number"} {
		if _, err := numberIn([]byte(payload), "a.b"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", payload, err, want)
		}
	}
}

// TestLongestPayload reads 4096 bytes and not one more.
func TestLongestPayload(t *testing.T) {
	longest := "7" + strings.Repeat(" ", 4095)
	if v, err := numberIn([]byte(longest), ""); v != 7 || err != nil {
		t.Errorf("%g, %v", v, err)
	}
	if _, err := numberIn([]byte(longest+" "), ""); err == nil || !strings.Contains(err.Error(), "at most 4096") {
		t.Errorf("a byte more: %v", err)
	}
}

// numberIn reads a number in a payload.
func numberIn(payload []byte, field string) (float64, error) {
	v, err := decode(payload)
	if err != nil {
		return 0, err
	}
	return number(v, field)
}

// TestRetained does not take for new what the broker had when the node subscribed.
func TestRetained(t *testing.T) {
	now := time.Unix(1000, 0)
	in := Input{Name: "speed", Topic: "t", MaxAge: time.Minute}
	r := NewReadings(func() time.Time { return now }, func() bool { return true }, []Input{in})
	for i, c := range []struct {
		after    time.Duration
		payload  string
		retained bool
		want     string // what is wrong; empty: nothing
	}{
		{0, "1200", true, "its age is not known"},
		{time.Second, "1200", false, ""},
		{50 * time.Second, "1200", true, ""}, // the connection was made anew
		{11 * time.Second, "1200", true, "older than 1m0s"},
		{time.Second, "1300", true, "its age is not known"}, // it changed while nobody looked
		{time.Second, "1300", true, "its age is not known"},
		{time.Second, "1300", false, ""},
		{time.Second, "stopped", true, "neither a number nor JSON"},
	} {
		now = now.Add(c.after)
		r.Receive("t", []byte(c.payload), c.retained)
		_, err := r.Value(in)
		if got := fmt.Sprint(err); (err == nil) != (c.want == "") || !strings.Contains(got, c.want) && c.want != "" {
			t.Errorf("message %d: %v, want %q", i, err, c.want)
		}
	}
}

// TestTimeStamps goes by when a value was taken, where the payload says it.
func TestTimeStamps(t *testing.T) {
	now := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	synced := true
	in := Input{Name: "speed", Topic: "t", Field: "v", Time: "at.ts", MaxAge: time.Minute}
	r := NewReadings(func() time.Time { return now }, func() bool { return synced }, []Input{in})
	for stamp, want := range map[string]string{
		`"2026-05-06T07:08:00Z"`:                  "",
		`"2026-05-06 09:08:00+02:00"`:             "",
		fmt.Sprint(now.Unix() - 59):               "",
		fmt.Sprint(now.UnixMilli() + 9000):        "",
		fmt.Sprintf("%q", fmt.Sprint(now.Unix())): "",
		fmt.Sprint(now.Unix() - 61):               "older than 1m0s",
		fmt.Sprint(now.Unix() + 11):               "11s ahead",
		`"2026-05-06T07:08:00"`:                   "is no time",
		`"yesterday"`:                             "is no time",
		`null`:                                    "is no time",
		`-1`:                                      "is no time",
		`1e300`:                                   "is no time",
	} {
		for _, retained := range []bool{false, true} {
			r.Receive("t", fmt.Appendf(nil, `{"v":7,"at":{"ts":%s}}`, stamp), retained)
			v, err := r.Value(in)
			got := fmt.Sprint(err)
			if (err == nil) != (want == "") || want != "" && !strings.Contains(got, want) || err == nil && v != 7 {
				t.Errorf("%s: %g, %v, want %q", stamp, v, err, want)
			}
		}
	}
	r.Receive("t", []byte(`{"v":7}`), false)
	if _, err := r.Value(in); err == nil || !strings.Contains(err.Error(), `no field "at.ts"`) {
		t.Errorf("without a stamp: %v", err)
	}
	// By a clock that nobody has set, times of others say nothing.
	synced = false
	r.Receive("t", []byte(`{"v":8,"at":{"ts":0}}`), true)
	if _, err := r.Value(in); !errors.Is(err, errRetained) {
		t.Errorf("retained: %v", err)
	}
	r.Receive("t", []byte(`{"v":8,"at":{"ts":0}}`), false)
	if v, err := r.Value(in); v != 8 || err != nil {
		t.Errorf("it has just arrived: %g, %v", v, err)
	}
}

// TestExpect keeps what has arrived for inputs that stay.
func TestExpect(t *testing.T) {
	a, b := Input{Name: "a", Topic: "a", MaxAge: time.Minute}, Input{Name: "b", Topic: "b", MaxAge: time.Minute}
	r := NewReadings(time.Now, func() bool { return true }, []Input{a})
	r.Receive("a", []byte("1"), false)
	r.Receive("b", []byte("2"), false)
	r.Expect([]Input{a, b})
	if v, err := r.Value(a); v != 1 || err != nil {
		t.Errorf("a: %g, %v", v, err)
	}
	if _, err := r.Value(b); err == nil {
		t.Error("b was kept although nobody expected it")
	}
}
