package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/auscult/auscult/agent/devices"
	"github.com/auscult/auscult/agent/sensor"
)

// simulated is the device that is none.
const simulated = "sim"

// sensor finds out what to listen with.
func (c *initCommand) sensor(ask *prompter) (sensor.Sensor, error) {
	named := 0
	for _, name := range []string{c.Device, c.Chip, c.IIO} {
		if name != "" {
			named++
		}
	}
	switch {
	case named > 1:
		return nil, usageError{errors.New("give one of --device, --chip and --iio")}
	case c.Chip == "" && (c.Bus != "" || c.Address != 0):
		return nil, usageError{errors.New("--bus and --address belong to --chip")}
	case named == 0:
		if err := c.choose(ask); err != nil {
			return nil, err
		}
	}
	switch {
	case c.Device == simulated:
		return &sensor.Sim{Paced: true}, nil
	case c.Chip != "":
		a := &sensor.Accel{Chip: c.Chip, Bus: c.Bus, Address: c.Address}
		if p := a.Validate(c.channel()); p != nil {
			return nil, usageError{fmt.Errorf("--%s: %s", p.Key, p.Text)}
		}
		return a, nil
	case c.IIO != "":
		return &sensor.IIO{Device: c.IIO}, nil
	}
	return &sensor.ALSA{Device: c.Device}, nil
}

// channel is that of the axis, or of a microphone's only or left one.
func (c *initCommand) channel() int {
	if c.Chip == "" && c.IIO == "" {
		return 0
	}
	return strings.Index("xyz", c.Axis)
}

// offer is a sensor that can be chosen.
type offer struct {
	name, text string
	take       func(c *initCommand)
}

// offers lists what a machine can listen with, and what is wrong where there is nothing.
func offers(root string) (all []offer, trouble string, err error) {
	microphones, trouble, err := usableMicrophones(root)
	if err != nil {
		return nil, "", err
	}
	for i := range microphones {
		name := microphones[i].Name
		all = append(all, offer{name, microphones[i].Text, func(c *initCommand) { c.Device = name }})
	}
	found, err := devices.Look(root)
	if err != nil {
		return nil, "", err
	}
	for i := range found.Buses {
		b := &found.Buses[i]
		if b.Kind == "iio" && b.Problem == nil {
			all = append(all, offer{b.Name, b.Text, func(c *initCommand) { c.IIO = b.Name }})
		}
		for _, chip := range b.Answers {
			all = append(all, offer{chip.Chip, fmt.Sprintf("accelerometer on %s at 0x%02x", b.Name, chip.Address),
				func(c *initCommand) { c.Chip, c.Bus, c.Address = chip.Chip, b.Name, int(chip.Address) }})
		}
	}
	return all, trouble, nil
}

// usableMicrophones returns those of a machine that can be opened, and what is wrong where others cannot.
func usableMicrophones(root string) (usable []devices.Microphone, trouble string, err error) {
	found, err := devices.Look(root)
	if err != nil {
		return nil, "", err
	}
	for i := range found.Microphones {
		if m := &found.Microphones[i]; m.Problem == nil {
			usable = append(usable, *m)
		} else {
			trouble = m.Problem.String()
		}
	}
	if found.Problem != nil {
		trouble = found.Problem.String()
	}
	return usable, trouble, nil
}

// choose takes the only sensor that works, or that which is chosen.
func (c *initCommand) choose(ask *prompter) error {
	all, trouble, err := offers(c.Root)
	if err != nil {
		return err
	}
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].name
	}
	switch {
	case len(all) == 0:
		return fmt.Errorf("no microphone can be used: %s; --chip names an accelerometer, --device sim a simulated pump",
			trouble)
	case len(all) == 1:
		ask.say("Sensor: %s, %s\n", names[0], all[0].text)
		all[0].take(c)
		return nil
	case !ask.able():
		return fmt.Errorf("there are several sensors: name one, by --device, --chip or --iio, of %s",
			strings.Join(names, ", "))
	}
	for i := range all {
		ask.say("  %d  %s  %s\n", i+1, names[i], all[i].text)
	}
	for {
		answer, err := ask.line("Which sensor", "1")
		if err != nil {
			return err
		}
		if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(all) {
			all[n-1].take(c)
			return nil
		}
		ask.say("Write a number from 1 to %d.\n", len(all))
	}
}
