package learn

import (
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/quantise"
)

// Outcome is what learning gave.
type Outcome struct {
	Model *model.Model // as read back from File
	File  []byte       // the model file
	Float []byte       // the same model in float32, to compare with

	Found        string          // what Data was seen to be, in a line
	Kept         int             // normal clips of Data that are not learned, to judge by
	LeftOut      int             // normal clips that cannot be used, see Warnings
	Drifts       bool            // they are not at their end what they were at their begin, see Warnings
	Review       dataset.Review  // of the learned clips
	NeedBytes    int64           // of memory, about; 0 where another program trains
	FreeBytes    int64           // before it began; 0: not known
	TempBytes    int64           // of features that lie in temporary files
	TempDir      string          // where they lie
	Clips        []string        // the learned clips, relative to the data folder
	Enough       *Enough         // when the trainings end; nil: after epochs that are given
	Loss         []float64       // by epoch, of the model that is shipped
	LossUnit     string          // "dB²", of a mean squared error, or "nats"
	Validation   []float64       // likewise, of the clips that were held back; nil: none were
	BestEpoch    int             // whose weights are shipped, from 1; 0: the last
	Rates        []float64       // learning rate at the begin of each epoch; nil where nothing was trained
	Observations []float64       // cross-fitted, in the detector's unit
	Params       int             // trained values
	MACs         int64           // of one inference
	Quantisation quantise.Report // int8 against float32, on windows that were learned
	Warnings     []string        // what weakens the result, in words
}
