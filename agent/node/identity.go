package node

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// idDigits is the length of a derived id: 48 bits are enough for any fleet.
const idDigits = 12

// ErrNoID means that the machine has no id, which it may get while it starts for the first time.
var ErrNoID = errors.New("node: no id of the machine")

// machineID derives the node's id from the machine's. machine-id(5) asks that
// the machine's id itself is not shown to others, so it is hashed with a name of
// ours as the key.
func machineID(root string) (string, error) {
	path := filepath.Join(root, "etc/machine-id")
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("%w: %w; set node.id in the configuration", ErrNoID, err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	b, err := io.ReadAll(io.LimitReader(f, 64))
	if err != nil {
		return "", fmt.Errorf("%w: %w; set node.id in the configuration", ErrNoID, err)
	}
	id, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(id) != 16 {
		return "", fmt.Errorf("%w: %s holds none: set node.id in the configuration", ErrNoID, path)
	}
	h := hmac.New(sha256.New, id)
	_, _ = h.Write([]byte("auscult node")) // never fails
	return hex.EncodeToString(h.Sum(nil))[:idDigits], nil
}
