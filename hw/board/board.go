package board

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/host/v3"
)

// Init loads periph's drivers for this board. It does so once; later calls
// return what the first did.
var Init = sync.OnceValue(func() error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("board: buses and pins are Linux only: %w", errors.ErrUnsupported)
	}
	if _, err := host.Init(); err != nil {
		return fmt.Errorf("board: looking for buses and pins: %w", err)
	}
	return nil
})

// Pin returns the GPIO of a name or number, as periph has it.
func Pin(name string) (gpio.PinIO, error) {
	if err := Init(); err != nil {
		return nil, err
	}
	if pin := gpioreg.ByName(name); pin != nil {
		return pin, nil
	}
	return nil, fmt.Errorf("board: no pin %q that this user may use: write a name such as \"GPIO24\"; "+
		"the user must be in the group gpio",
		name)
}
