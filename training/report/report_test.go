package report

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/family"
	"github.com/auscult/auscult/training/judge"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/pumptest"
)

func makePage(t *testing.T, abnormal int) (string, *judge.Result) {
	t.Helper()
	dir := t.TempDir()
	pumptest.Folder(t, filepath.Join(dir, "learn"), 1, 3, 0, 5)
	pumptest.Folder(t, filepath.Join(dir, "test"), 100, 2, abnormal, 5)
	learned, err := learn.Run(context.Background(), learn.Options{
		Data: filepath.Join(dir, "learn"), Name: "pump <7>", Family: family.DenseName, Profile: dsp.DefaultProfile(),
		Detector: model.Whitened, Epochs: 2, Folds: 2, Seed: 1, Threads: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Open(filepath.Join(dir, "test"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := judge.Run(context.Background(), learned.Model, set, judge.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := Write(&buf, learned, r); err != nil {
		t.Fatal(err)
	}
	return buf.String(), r
}

func TestPage(t *testing.T) {
	text, r := makePage(t, 2)
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		count[n.Data]++
		for _, a := range n.Attr {
			if a.Key == "src" || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				t.Errorf("<%s %s=%q> needs something outside the page", n.Data, a.Key, a.Val)
			}
		}
	}
	if count["script"] != 0 || count["link"] != 0 {
		t.Errorf("%d scripts, %d links", count["script"], count["link"])
	}
	if count["svg"] != 4 { // scores, ROC, loss, bands
		t.Errorf("%d charts, want 4", count["svg"])
	}
	for _, want := range []string{
		"pump &lt;7&gt;", "AUC", "RMS-normalised", "mean log-mel removed", "abnormal/102.wav", number(r.AUC), "raises no alarm on", "266896 parameters",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if len(text) > 1<<20 {
		t.Errorf("%d bytes", len(text))
	}
}

// TestPageWithoutFaults has no AUC and no ROC to show.
func TestPageWithoutFaults(t *testing.T) {
	text, _ := makePage(t, 0)
	if !strings.Contains(text, "no abnormal clips") || strings.Count(text, "<svg") != 3 {
		t.Errorf("%d charts; the page does not say that there were no abnormal clips", strings.Count(text, "<svg"))
	}
}

func TestBandsText(t *testing.T) {
	bands := []decide.BandRange{{FromHz: 46.6, ToHz: 125.2, Share: 0.614}, {FromHz: 1000, ToHz: 1200, Share: 0.2}, {FromHz: 1, ToHz: 2, Share: 0.1}, {FromHz: 3, ToHz: 4, Share: 0.05}}
	if got, want := BandsText(bands), "47–125 Hz 61 %, 1000–1200 Hz 20 %, 1–2 Hz 10 %"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
