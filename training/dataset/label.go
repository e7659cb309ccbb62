package dataset

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// Label says what a clip holds.
type Label string

// Labels; they are also the names of the folders.
const (
	Normal   Label = "normal"
	Abnormal Label = "abnormal"
)

// folderLabels are what people call the two folders, whatever the case of the letters.
var folderLabels = map[string]Label{
	"normal": Normal, "normals": Normal, "ok": Normal, "good": Normal, "healthy": Normal,
	"abnormal": Abnormal, "anomaly": Abnormal, "anomalies": Abnormal, "anomalous": Abnormal, "ng": Abnormal,
	"bad": Abnormal, "fault": Abnormal, "faults": Abnormal, "faulty": Abnormal,
}

// labelOf returns what a folder's name says of the clips in it.
func labelOf(folder string) (Label, bool) {
	label, ok := folderLabels[strings.ToLower(folder)]
	return label, ok
}

// labelled lists the folders in dir whose names are labels.
func labelled(dir string) (map[Label][]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	folders := map[Label][]string{}
	for _, e := range entries {
		if label, ok := labelOf(e.Name()); ok && e.IsDir() {
			folders[label] = append(folders[label], e.Name())
		}
	}
	return folders, nil
}

// documents are the endings of files that lie beside recordings and are none.
var documents = []string{
	"", ".md", ".txt", ".pdf", ".json", ".yaml", ".yml", ".toml", ".html", ".png", ".jpg", ".jpeg", ".svg", ".py",
	".sha256", ".tflite",
}

// unread counts files that are no clips, by their ending.
type unread map[string]int

// add counts a file by its ending, unless it is a document.
func (u unread) add(ending string) {
	if ending = strings.ToLower(ending); !slices.Contains(documents, ending) {
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
