package dataset

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/auscult/auscult/agent/setting"
)

// Label says what a clip holds.
type Label string

// Labels; they are also the names of the folders.
const (
	Normal   Label = "normal"
	Abnormal Label = "abnormal"
)

// labelWords are what people call the two folders, whatever the case of the letters.
var labelWords = map[Label][]string{
	Normal: {
		"normal", "normals", "ok", "okay", "good", "healthy", "intact", "undamaged", "nominal", "baseline", "reference",
		"nofault", "nofaults", "faultfree", "nonfaulty", "nodefect", "nonanomalous",
		"gut", "gesund", "intakt", "io", "inordnung", "referenz", // German
		"normale", "normales", "normaux", "bueno", "buono", "normaal", "goed", "норма", "нормальный", "исправный",
		"正常", "正常音", "良品", "合格", "정상",
	},
	Abnormal: {
		"abnormal", "abnormals", "anomaly", "anomalies", "anomalous", "anormal", "ng", "nok", "notok", "notgood",
		"bad", "fault", "faults", "faulty", "defect", "defects", "defective", "broken", "damaged", "damage", "failure",
		"failures", "unhealthy", "notnormal",
		"schlecht", "defekt", "fehler", "fehlerhaft", "kaputt", "nio", "anomalie", "anomalien", "abnormale", // German
		"anormale", "anormales", "anomalo", "malo", "guasto", "defecto", "defectuoso", "abnormaal", "defaut",
		"аномалия", "неисправный", "异常", "異常", "異常音", "故障", "不良", "不合格", "비정상", "이상", "불량",
	},
}

// fillers are words beside a label that say nothing: "normal sounds", "0_normal_data".
var fillers = []string{
	"sound", "sounds", "noise", "noises", "data", "dataset", "recording", "recordings", "clip", "clips", "file", "files",
	"audio", "wav", "wavs", "sample", "samples", "state", "condition", "conditions", "operation", "running", "class",
	"label", "the",
}

// folderLabels are labelWords by word.
var folderLabels = func() map[string]Label {
	of := map[string]Label{}
	for label, words := range labelWords {
		for _, w := range words {
			of[w] = label
		}
	}
	return of
}()

// labelOf returns what a folder's name says of the clips in it.
func labelOf(folder string) (Label, bool) {
	var said strings.Builder
	for _, word := range strings.FieldsFunc(strings.ToLower(folder), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	}) {
		number := strings.IndexFunc(word, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
		if !number && !slices.Contains(fillers, word) {
			said.WriteString(word)
		}
	}
	word := said.String()
	label, ok := folderLabels[word]
	for _, end := range fillers {
		if rest, cut := strings.CutSuffix(word, end); !ok && cut {
			label, ok = folderLabels[rest]
		}
	}
	return label, ok
}

// nearLabel returns the label whose name a folder's may be meant to be, "" for none: a letter or two
// are wrong, or something is attached.
func nearLabel(folder string) Label {
	word := strings.ToLower(folder)
	for _, label := range []Label{Abnormal, Normal} {
		if strings.HasPrefix(word, string(label)) || len(word) > 3 && setting.Distance(word, string(label)) <= 2 {
			return label
		}
	}
	return ""
}

// labelled lists the folders in dir whose names are labels, links to folders among them, and those whose names
// nearly are.
func labelled(dir string) (folders map[Label][]string, near []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	folders = map[Label][]string{}
	for _, e := range entries {
		label, ok := labelOf(e.Name())
		if !ok && nearLabel(e.Name()) == "" {
			continue
		}
		if info, err := os.Stat(filepath.Join(dir, e.Name())); err != nil || !info.IsDir() {
			continue
		}
		if ok {
			folders[label] = append(folders[label], e.Name())
		} else {
			near = append(near, e.Name())
		}
	}
	return folders, near, nil
}

// advice says which folder to rename, given the names of all recordings.
func advice(names []string) string {
	var folders []string
	near := map[Label]string{}
	for _, n := range names {
		for folder := path.Dir(n); folder != "." && folder != "/"; folder = path.Dir(folder) {
			base := path.Base(folder)
			if _, ok := labelOf(base); ok || slices.Contains(folders, base) {
				continue
			}
			if label := nearLabel(base); label != "" {
				near[label] = base
			}
			if len(folders) <= maxAdvised {
				folders = append(folders, base)
			}
		}
	}
	for _, label := range []Label{Normal, Abnormal} {
		if near[label] != "" {
			return fmt.Sprintf("%s/ looks like %s/: rename it", near[label], label)
		}
	}
	text := "put the recordings of normal sound into normal/"
	switch n := len(folders); {
	case n > maxAdvised:
		text += fmt.Sprintf(", or rename the folder that has them (there are %s …)", strings.Join(folders[:maxAdvised], ", "))
	case n > 0:
		text += fmt.Sprintf(", or rename the folder that has them (there are %s)", strings.Join(folders, ", "))
	}
	return text
}

// maxAdvised is how many folders an advice names.
const maxAdvised = 6

// documents are the endings of files that lie beside recordings and are none.
var documents = []string{
	"", ".md", ".txt", ".pdf", ".json", ".yaml", ".yml", ".toml", ".html", ".png", ".jpg", ".jpeg", ".svg", ".py",
	".sha256", ".tflite",
}

// litter is what systems leave in folders.
var litter = []string{"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"}

// unread counts files that are no clips, by their ending.
type unread map[string]int

// add counts a file by its ending, unless it is a document or litter.
func (u unread) add(name string) {
	ending := strings.ToLower(path.Ext(name))
	if !slices.Contains(documents, ending) && !slices.Contains(litter, strings.ToLower(name)) {
		u[ending]++
	}
}

// String names each kind once: "12 .flac, 1 .mp3".
func (u unread) String() string {
	var kinds []string
	for _, ending := range slices.Sorted(maps.Keys(u)) {
		kinds = append(kinds, fmt.Sprintf("%d %.12s", u[ending], ending))
	}
	return strings.Join(kinds, ", ")
}
