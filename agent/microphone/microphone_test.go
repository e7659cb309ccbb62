package microphone

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/auscult/auscult/hw/alsa"
)

func TestOpenNothing(t *testing.T) {
	_, err := Open("hw:CARD=surely-not-there,DEV=0", 0)
	var problem *alsa.Problem
	if !errors.As(err, &problem) && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want a problem with its fix", err)
	}
}
