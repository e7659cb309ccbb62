package external

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/auscult/auscult/training/network"
)

// DefaultSignature is the signature of a SavedModel that Keras exports.
const DefaultSignature = "serving_default"

// Import is what the program says of a network that it took out of a SavedModel.
type Import struct {
	// Difference is by how much its outputs differ from the SavedModel's on random
	// inputs, by the largest of them.
	Difference float64 `json:"difference"`
	// Input is the shape of what it takes, without the batch.
	Input []int `json:"input"`
}

// Import returns the network in a SavedModel's folder. Its weights have taken up batch
// normalisation.
func (p *Program) Import(ctx context.Context, folder, signature string) (*network.Network, Import, error) {
	var said Import
	if info, err := os.Stat(folder); err != nil {
		return nil, said, fmt.Errorf("external: %w", err)
	} else if !info.IsDir() {
		return nil, said, fmt.Errorf(
			"external: %s is a file: a SavedModel is a folder, as Keras' model.export writes it", folder)
	}
	if _, err := os.Stat(filepath.Join(folder, "saved_model.pb")); err != nil {
		return nil, said, fmt.Errorf(
			"external: %s holds no saved_model.pb: a SavedModel is a folder, as Keras' model.export writes it", folder)
	}
	dir, err := os.MkdirTemp("", "auscult-import-")
	if err != nil {
		return nil, said, fmt.Errorf("external: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary files
	path := filepath.Join(dir, networkFile)
	err = p.run(ctx, []string{"import", "--signature", signature, folder, path}, func(line []byte) bool {
		return json.Unmarshal(line, &said) == nil
	})
	if err != nil {
		return nil, said, err
	}
	c, err := readCheckpoint(path)
	if err != nil {
		return nil, said, fmt.Errorf("external: %s: %w", p, err)
	}
	net, err := c.Network()
	if err != nil {
		return nil, said, fmt.Errorf("external: %s: %w", p, err)
	}
	return net, said, nil
}

// WriteNetwork writes a network for Program.Import to read: as a checkpoint of a training
// that has not made a step.
func WriteNetwork(path string, net *network.Network) error {
	c, err := net.Begin(2, network.Config{Epochs: 1, Batch: 2})
	if err != nil {
		return fmt.Errorf("external: %w", err)
	}
	if err := writeFile(path, c.Write); err != nil {
		return fmt.Errorf("external: %w", err)
	}
	return nil
}
