package trainedon

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/auscult/auscult/training/dataset/npy"
)

// maxStats bounds the values of a list.
const maxStats = 1 << 20

// statNames are what lists are called in files: those of NumPy's users and of scikit-learn's scalers.
var statNames = map[string][]string{
	"mean": {"mean", "means", "mu", "mean_", "train_mean", "x_mean"},
	"std":  {"std", "stds", "sigma", "scale_", "train_std", "x_std"},
	"min":  {"min", "mins", "data_min_", "x_min", "vmin"},
	"max":  {"max", "maxs", "data_max_", "x_max", "vmax"},
}

// Stats takes means and deviations, or smallest and largest levels, from an .npz file.
func (f *Features) Stats(path string) error {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("%s: %w: numpy.savez('stats.npz', mean=…, std=…) writes such a file", path, err)
	}
	defer archive.Close() //nolint:errcheck // closing what was only read cannot lose anything
	var have []string
	for what, into := range map[string]*[]float64{"mean": &f.Mean, "std": &f.Std, "min": &f.Min, "max": &f.Max} {
		for _, file := range archive.File {
			name := strings.TrimSuffix(file.Name, ".npy")
			if !slices.Contains(have, name) {
				have = append(have, name)
			}
			if !slices.Contains(statNames[what], strings.ToLower(name)) {
				continue
			}
			if *into, err = list(file); err != nil {
				return fmt.Errorf("%s: %s: %w", path, file.Name, err)
			}
		}
	}
	if f.Mean == nil && f.Std == nil && f.Min == nil && f.Max == nil {
		return fmt.Errorf("%s holds %.200q: needs 'mean' and 'std', or 'min' and 'max'", path, have)
	}
	return nil
}

// list reads an array.
func list(file *zip.File) ([]float64, error) {
	r, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // closing what was only read cannot lose anything
	h, err := npy.ReadHeader(r)
	if err != nil {
		return nil, err
	}
	if len(h.Fields) != 1 || !h.Fields[0].IsNumber() || h.Count() < 1 || h.Count() > maxStats {
		return nil, fmt.Errorf("an array of shape %v: needs 1 to %d numbers", h.Shape, maxStats)
	}
	if h.Fortran && len(h.Shape) > 1 {
		return nil, errors.New("in Fortran's order: numpy.ascontiguousarray puts it in C's")
	}
	var all []float64
	value := make([]byte, h.Size)
	for range h.Count() {
		if _, err := io.ReadFull(r, value); err != nil {
			return nil, err
		}
		all = append(all, h.Fields[0].Number(value))
	}
	return all, nil
}
