package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"time"
)

// document is an SPDX 2.3 document, as far as it is used here.
type document struct {
	Version       string         `json:"spdxVersion"`
	License       string         `json:"dataLicense"`
	ID            string         `json:"SPDXID"`
	Name          string         `json:"name"`
	Namespace     string         `json:"documentNamespace"`
	Creation      creation       `json:"creationInfo"`
	Packages      []spdxPackage  `json:"packages"`
	Files         []spdxFile     `json:"files"`
	Relationships []relationship `json:"relationships"`
}

type creation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type spdxPackage struct {
	ID        string     `json:"SPDXID"`
	Name      string     `json:"name"`
	Version   string     `json:"versionInfo"`
	Location  string     `json:"downloadLocation"`
	Analysed  bool       `json:"filesAnalyzed"`
	Concluded string     `json:"licenseConcluded"`
	Declared  string     `json:"licenseDeclared"`
	Copyright string     `json:"copyrightText"`
	Refs      []external `json:"externalRefs,omitempty"`
}

type external struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type spdxFile struct {
	ID        string     `json:"SPDXID"`
	Name      string     `json:"fileName"`
	Checksums []checksum `json:"checksums"`
	Concluded string     `json:"licenseConcluded"`
	Copyright string     `json:"copyrightText"`
}

type checksum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"`
}

type relationship struct {
	From string `json:"spdxElementId"`
	Kind string `json:"relationshipType"`
	To   string `json:"relatedSpdxElement"`
}

const unknown = "NOASSERTION"

// notInID are letters that an SPDX identifier cannot have.
var notInID = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

func id(kind, name string) string {
	return "SPDXRef-" + kind + "-" + notInID.ReplaceAllString(name, "-")
}

// sbom writes what the programs say that they are built of.
func sbom(at time.Time, args []string) error {
	if len(args) < 3 {
		return errUsage
	}
	version := args[1]
	main := spdxPackage{
		ID: "SPDXRef-Package-auscult", Name: "auscult", Version: version,
		Location: "https://github.com/auscult/auscult", Concluded: "Apache-2.0", Declared: "Apache-2.0", Copyright: unknown,
	}
	d := document{
		Version: "SPDX-2.3", License: "CC0-1.0", ID: "SPDXRef-DOCUMENT", Name: "auscult-" + version,
		Namespace:     "https://github.com/auscult/auscult/releases/spdx/" + version,
		Creation:      creation{at.Format(time.RFC3339), []string{"Tool: auscult-build-release"}},
		Packages:      []spdxPackage{main},
		Relationships: []relationship{{"SPDXRef-DOCUMENT", "DESCRIBES", main.ID}},
	}
	modules := map[string]*debug.Module{}
	for _, program := range args[2:] {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return err
		}
		modules["go "+info.GoVersion] = &debug.Module{Path: "stdlib", Version: info.GoVersion}
		for _, m := range info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			modules[m.Path+" "+m.Version] = m
		}
		file, err := fileOf(program)
		if err != nil {
			return err
		}
		d.Files = append(d.Files, file)
		d.Relationships = append(d.Relationships, relationship{main.ID, "CONTAINS", file.ID})
	}
	for _, key := range slices.Sorted(maps.Keys(modules)) {
		p := packageOf(modules[key])
		d.Packages = append(d.Packages, p)
		d.Relationships = append(d.Relationships, relationship{main.ID, "DEPENDS_ON", p.ID})
	}
	return write(args[0], func(f *os.File) error {
		out := json.NewEncoder(f)
		out.SetIndent("", " ")
		return out.Encode(d)
	})
}

func packageOf(m *debug.Module) spdxPackage {
	return spdxPackage{
		ID: id("Module", m.Path+"-"+m.Version), Name: m.Path, Version: m.Version, Location: unknown,
		Concluded: unknown, Declared: unknown, Copyright: unknown,
		Refs: []external{{"PACKAGE-MANAGER", "purl", fmt.Sprintf("pkg:golang/%s@%s", m.Path, m.Version)}},
	}
}

// fileOf names a program by the archive that it is in: each has one of the name.
func fileOf(program string) (spdxFile, error) {
	release := filepath.Base(filepath.Dir(filepath.Dir(program))) // that of its system and architecture
	name := filepath.ToSlash(filepath.Join(release, "bin", filepath.Base(program)))
	sum, err := sha256Of(program)
	if err != nil {
		return spdxFile{}, err
	}
	return spdxFile{
		ID: id("File", name), Name: "./" + name, Checksums: []checksum{{"SHA256", sum}},
		Concluded: "Apache-2.0", Copyright: unknown,
	}, nil
}

func sha256Of(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // nothing was written
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
