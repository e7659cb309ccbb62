package report

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/pumptest"
	"github.com/auscult/auscult/training/report/content"
)

var update = flag.Bool("update", false, "write the golden file anew")

// makePage learns a simulated pump and writes the page about it.
func makePage(t *testing.T, abnormal int, full bool) (string, *content.Study) {
	t.Helper()
	dir := t.TempDir()
	pumptest.Folder(t, filepath.Join(dir, "learn"), 1, 3, 0, 5)
	pumptest.Folder(t, filepath.Join(dir, "test"), 100, 3, abnormal, 7)
	learned, err := learn.Run(t.Context(), learn.Options{
		Data: filepath.Join(dir, "learn"), Name: "pump <7>", Family: families.DenseName, Profile: dsp.DefaultProfile(),
		Epochs: 2, Folds: 2, Seed: 1, Threads: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Open(filepath.Join(dir, "test"))
	if err != nil {
		t.Fatal(err)
	}
	o := content.Options{File: learned.File, Set: set, Channel: -1, Seed: 1, Quick: !full}
	if full {
		o.Learning = &content.Learning{
			Loss: learned.Loss, CrossFitted: learned.Observations, Warnings: learned.Warnings,
			Quantisation: &learned.Quantisation,
		}
		o.Rivals, o.PerMonth, o.Float = [][]byte{learned.File}, 2, learned.Float
		o.Compressions = []int{16, 32}
		if o.Learned, err = dataset.Open(filepath.Join(dir, "learn")); err != nil {
			t.Fatal(err)
		}
	}
	s, err := content.Gather(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	page, err := Compose(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := page.HTML(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.String(), s
}

// structure lists what stands in the page, one line an element, without what
// depends on measurements.
func structure(t *testing.T, text string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "h1", "h4":
			fmt.Fprintf(&b, "%s %s\n", n.Data, words(n))
		case "h2", "h3":
			fmt.Fprintf(&b, "\n%s #%s %s\n", n.Data, attribute(n, "id"), words(n))
		case "nav", "ul", "ol", "figcaption", "audio", "dialog":
			fmt.Fprintf(&b, "%s\n", n.Data)
		case "svg":
			fmt.Fprintf(&b, "svg %s, %d pictures\n", attribute(n, "class"), count(n, "image"))
		case "table":
			fmt.Fprintf(&b, "table of %d columns\n", columns(n))
		}
	}
	return b.String()
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func words(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

func count(n *html.Node, tag string) (found int) {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && c.Data == tag {
			found++
		}
	}
	return found
}

// columns returns the number of cells of a table's last row.
func columns(n *html.Node) (cells int) {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && c.Data == "tr" {
			cells = count(c, "td") + count(c, "th")
		}
	}
	return cells
}

func TestPage(t *testing.T) {
	text, s := makePage(t, 2, true)
	got := structure(t, text)
	golden := filepath.Join("testdata", "structure.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the page holds\n%s\nwant\n%s", got, want)
	}
	for _, want := range []string{
		"pump &lt;7&gt;", "RMS-normalised", "mean log-mel removed", "abnormal/103.wav", number(s.Result.AUC),
		"cross-fitted observations", "264k", "cannot be shown with this much data", "Level alone, without any model",
		"does not settle which is better", "signal to noise", "in float32", "How much to squeeze", "adaptive threshold",
		"If everything grew louder",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	words := regexp.MustCompile(`data:(image/png|audio/wav);base64,[A-Za-z0-9+/=&#;]+`).ReplaceAllString(text, "")
	for _, bad := range []string{"NaN", "Inf", "%!", "ZgotmplZ"} {
		if strings.Contains(words, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if len(text) > 4<<20 {
		t.Errorf("%d bytes", len(text))
	}
}

// TestPageStandsAlone looks for what would need a network, opens every picture and listens to every
// sound. The one script is the page's own: it holds nothing of a study.
func TestPageStandsAlone(t *testing.T) {
	text, s := makePage(t, 1, false)
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	pictures, sounds := 0, 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "link" || n.Data == "iframe" || n.Data == "script" && len(n.Attr) > 0 {
			t.Errorf("a <%s> %v", n.Data, n.Attr)
		}
		if n.Data == "svg" && attribute(n, "aria-label") == "" {
			t.Error("a picture that says nothing to who cannot see it")
		}
		for _, a := range n.Attr {
			url := a.Key == "src" || strings.HasSuffix(a.Key, "href")
			data, isPicture := strings.CutPrefix(a.Val, "data:image/png;base64,")
			wav, isSound := strings.CutPrefix(a.Val, "data:audio/wav;base64,")
			switch {
			case !url || strings.HasPrefix(a.Val, "#"):
			case isSound:
				if raw, err := base64.StdEncoding.DecodeString(wav); err != nil || !bytes.HasPrefix(raw, []byte("RIFF")) {
					t.Errorf("a sound that is none: %v", err)
				}
				sounds++
			case !isPicture:
				t.Errorf("<%s %s=%q> needs something outside the page", n.Data, a.Key, a.Val)
			default:
				raw, err := base64.StdEncoding.DecodeString(data)
				if err != nil {
					t.Fatal(err)
				}
				img, err := png.Decode(bytes.NewReader(raw))
				if err != nil {
					t.Fatal(err)
				}
				if size := img.Bounds(); size.Dy() == 128 && size.Dx() == s.Examples[0].Frames {
					pictures++
				}
			}
		}
	}
	want := len(s.Examples) + 3*len(s.Triptychs)
	for i := range s.Examples {
		if s.Examples[i].Typical {
			want += 3
		}
	}
	if pictures != want {
		t.Errorf("%d spectrograms, want %d", pictures, want)
	}
	if want := len(s.Examples) + len(s.Triptychs); sounds != want {
		t.Errorf("%d sounds, want %d", sounds, want)
	}
	if strings.Contains(text, "http://") && !strings.Contains(text, "http://www.w3.org/") {
		t.Error("an address of the network")
	}
}

// TestPageWithoutFaults has no AUC, no ROC and no noise sweep to show.
func TestPageWithoutFaults(t *testing.T) {
	text, _ := makePage(t, 0, false)
	for _, want := range []string{"no abnormal clips", "does not keep the learning curve", "No board has been measured"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(text, "Receiver operating") {
		t.Error("a curve of nothing")
	}
}

func TestComposeRefuses(t *testing.T) {
	if _, err := Compose(&content.Study{}); err == nil {
		t.Error("a page about nothing")
	}
}

func TestBandsText(t *testing.T) {
	bands := []decide.BandRange{
		{FromHz: 46.6, ToHz: 125.2, Share: 0.614}, {FromHz: 1000, ToHz: 1200, Share: 0.2}, {FromHz: 1, ToHz: 2, Share: 0.1},
		{FromHz: 3, ToHz: 4, Share: 0.05},
	}
	if got, want := BandsText(bands), "47–125 Hz 61 %, 1000–1200 Hz 20 %, 1–2 Hz 10 %"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSmallWords(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 16500: "16.5k", 57_800_000: "57.8M", 2_000_000_000: "2G"} {
		if got := short(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
	if got := shapeText([]int{1, 128, 64, 1}); got != "128×64" {
		t.Errorf("shape %q", got)
	}
	if got := shapeText([]int{1, 1}); got != "1" {
		t.Errorf("shape %q", got)
	}
	if us(35512) != "35512" || us(2.774) != "2.77" {
		t.Errorf("%s %s", us(35512), us(2.774))
	}
}

func TestAxisOfBands(t *testing.T) {
	d := &drawer{centre: []float64{100, 200, 400}, top: 500}
	for hz, want := range map[float64]float64{100: 0.5, 150: 1, 300: 2, 400: 2.5, 500: 3} {
		if got, ok := d.bandOf(hz); !ok || got != want {
			t.Errorf("%g Hz lies at %g (%v), want %g", hz, got, ok, want)
		}
	}
	for _, hz := range []float64{50, 501} {
		if _, ok := d.bandOf(hz); ok {
			t.Errorf("%g Hz has a place", hz)
		}
	}
}
