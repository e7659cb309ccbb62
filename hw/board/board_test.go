package board

import (
	"strings"
	"testing"

	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/conn/v3/gpio/gpiotest"
)

func TestPin(t *testing.T) {
	want := &gpiotest.Pin{N: "PIN-of-test", Num: -1}
	if err := gpioreg.Register(want); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = gpioreg.Unregister(want.N) }) // it is registered
	if got, err := Pin("PIN-of-test"); err != nil || got != want {
		t.Errorf("pin %v, error %v", got, err)
	}
	if _, err := Pin("nowhere"); err == nil || !strings.Contains(err.Error(), `no pin "nowhere"`) {
		t.Errorf("error %v", err)
	}
}
