package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/agent/smallfile"
)

// credentialPrefix marks the name of a systemd credential.
const credentialPrefix = "credential:"

// maxSecret is the most bytes of a file with a secret.
const maxSecret = 4096

// checkCredential returns an error when a name after "credential:" is no name.
func checkCredential(path string) error {
	if name, ok := strings.CutPrefix(path, credentialPrefix); ok && !setting.IsName(name) {
		return fmt.Errorf("%q: write \"credential:NAME\" with the name in LoadCredential=", path)
	}
	return nil
}

// SecretFile returns the file that a secret at path is read from, empty for a credential
// that is not there.
func SecretFile(path string) string {
	name, ok := strings.CutPrefix(path, credentialPrefix)
	if !ok {
		return path
	}
	dir := os.Getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, filepath.Base(name))
}

// Secret reads a secret from the file at path, or from the systemd credential
// that "credential:NAME" names. One line break at its end is not part of it.
func Secret(path string) (string, error) {
	file := SecretFile(path)
	if file == "" {
		return "", fmt.Errorf("config: no credential %q: not started by systemd with LoadCredential=",
			strings.TrimPrefix(path, credentialPrefix))
	}
	b, err := smallfile.Read(file, maxSecret)
	if err != nil {
		return "", fmt.Errorf("config: secret: %w", err)
	}
	s := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if s == "" {
		return "", errors.New("config: secret " + file + " is empty")
	}
	return s, nil
}
