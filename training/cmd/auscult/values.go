package main

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/alecthomas/kong"
)

// values read what flags are given, and refuse it in words of the command line.
func values() []kong.Option {
	number := kong.MapperFunc(wholeNumber)
	return []kong.Option{
		kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(duration)),
		kong.KindMapper(reflect.Int, number), kong.KindMapper(reflect.Int64, number),
		kong.KindMapper(reflect.Uint64, number),
		kong.KindMapper(reflect.Float64, kong.MapperFunc(fraction)),
	}
}

// duration reads a time with its unit; there is no guess of what a number alone means.
func duration(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("time", &text); err != nil {
		return err
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		if _, number := strconv.ParseFloat(text, 64); number == nil {
			return fmt.Errorf("%s has no unit: write %[1]ss for seconds, or 500ms, 1m30s, 2h", text)
		}
		return fmt.Errorf("%q is no time: write 500ms, 30s, 1m30s or 2h", text)
	}
	target.SetInt(int64(d))
	return nil
}

func wholeNumber(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("number", &text); err != nil {
		return err
	}
	if target.CanUint() {
		n, err := strconv.ParseUint(text, 0, target.Type().Bits())
		if err != nil {
			return fmt.Errorf("%q: must be a whole number, 0 or more", text)
		}
		target.SetUint(n)
		return nil
	}
	n, err := strconv.ParseInt(text, 0, target.Type().Bits())
	if err != nil {
		return fmt.Errorf("%q: must be a whole number", text)
	}
	target.SetInt(n)
	return nil
}

func fraction(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("number", &text); err != nil {
		return err
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) {
		return fmt.Errorf("%q: must be a number, as 0.5", text)
	}
	target.SetFloat(x)
	return nil
}
