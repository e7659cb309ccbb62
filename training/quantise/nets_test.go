package quantise

import (
	"context"
	"sync"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/export"
	"github.com/auscult/auscult/training/network"
	"github.com/auscult/auscult/training/pumptest"
)

const bands, frames = 16, 16

// cells begins a network on two frames in a row, picture one on a picture.
func cells() *network.Chain { return network.NewChain(network.Shape{H: 1, W: 1, C: 2 * bands}) }

func picture() *network.Chain { return network.NewChain(network.Shape{H: bands, W: frames, C: 1}) }

// smallNet is a trained, folded network with its windows.
type smallNet struct {
	net    *network.Network
	normal dataset.NormalWindows
	all    Windows
}

// lowered returns the network's float32 model, as it is now.
func (s smallNet) lowered(t *testing.T) *export.Lowered {
	t.Helper()
	l, err := export.Network(s.net, "")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (s smallNet) float(t *testing.T) *tflite.Model { return s.lowered(t).Model }

func train(t *testing.T, chain *network.Chain) smallNet {
	t.Helper()
	net, err := network.New(chain.Specs(), 2)
	if err != nil {
		t.Fatal(err)
	}
	w := model.Window{Frames: frames, StrideFrames: 2, Layout: model.BandMajor}
	if net.In().H == 1 {
		w = model.Window{Frames: 2, StrideFrames: 1, Layout: model.FrameMajor}
	}
	normal, err := dataset.NewNormalWindows(pumptest.Hum(t, bands), w)
	if err != nil {
		t.Fatal(err)
	}
	if net.Conditions() > 0 {
		speed := model.Condition{Name: "speed_rpm", Min: 900, Max: 1500}
		if normal, err = normal.WithConditions([]model.Condition{speed}); err != nil {
			t.Fatal(err)
		}
	}
	if net.Out().Size() != net.In().Size() {
		return smallNet{net, normal, normal} // an encoder, as it begins
	}
	cfg := network.Config{Epochs: 12, Batch: 16, LearningRate: 5e-3}
	if _, err := net.Fit(context.Background(), normal, cfg); err != nil {
		t.Fatal(err)
	}
	folded, err := net.Fold()
	if err != nil {
		t.Fatal(err)
	}
	return smallNet{folded, normal, normal}
}

// smallNets returns networks of all families, in memory of their own.
func smallNets(t *testing.T) map[string]smallNet {
	t.Helper()
	trainOnce.Do(func() { trained = trainAll(t) })
	nets := map[string]smallNet{}
	for name, s := range trained {
		net, err := s.net.First(len(s.net.Specs()))
		if err != nil {
			t.Fatal(err)
		}
		s.net = net
		nets[name] = s
	}
	if len(nets) == 0 {
		t.Fatal("the networks could not be trained")
	}
	return nets
}

var (
	trainOnce sync.Once
	trained   map[string]smallNet
)

func trainAll(t *testing.T) map[string]smallNet {
	t.Helper()
	return map[string]smallNet{
		"dense": train(t, cells().Dense(12, false).BatchNorm().ReLU().Dense(3, true).
			Dense(12, false).BatchNorm().ReLU().Dense(2*bands, true)),
		"conv": train(t, picture().Conv2D(6, 3, 2, false).BatchNorm().ReLU().Conv2D(9, 3, 2, false).BatchNorm().ReLU().
			Conv2D(2, 1, 1, false).BatchNorm().Conv2D(9, 1, 1, false).BatchNorm().ReLU().
			ConvTranspose2D(6, 3, 2, false).BatchNorm().ReLU().ConvTranspose2D(1, 3, 2, true).Sigmoid()),
		"small": train(t, picture().Conv2D(8, 3, 2, false).BatchNorm().ReLU().
			DepthwiseConv2D(3, 2, false).BatchNorm().ReLU().Conv2D(12, 1, 1, false).BatchNorm().ReLU().
			Conv2D(2, 1, 1, false).BatchNorm().Conv2D(12, 1, 1, false).BatchNorm().ReLU().
			ConvTranspose2D(8, 3, 2, false).BatchNorm().ReLU().ConvTranspose2D(1, 3, 2, true).Sigmoid()),
		"bottleneck": train(t, picture().Conv2D(5, 4, 4, false).BatchNorm().ReLU().
			Reshape(network.Shape{H: 1, W: 1, C: bands / 4 * frames / 4 * 5}).Dense(6, true).
			Dense(bands/4*frames/4*3, true).ReLU().Reshape(network.Shape{H: bands / 4, W: frames / 4, C: 3}).
			ConvTranspose2D(1, 4, 4, true).Sigmoid()),
		"vae": train(t, picture().Conv2D(6, 3, 2, false).BatchNorm().ReLU().Conv2D(9, 3, 2, false).BatchNorm().ReLU().
			Conv2D(6, 1, 1, true).Sample().Conv2D(9, 1, 1, false).BatchNorm().ReLU().
			ConvTranspose2D(6, 3, 2, false).BatchNorm().ReLU().ConvTranspose2D(1, 3, 2, true).Sigmoid()),
		"contrast": train(t, picture().Conv2D(8, 3, 2, true).ReLU().DepthwiseConv2D(3, 2, true).ReLU().
			Conv2D(10, 1, 1, true).MeanPool()),
		"conditioned": train(t, cells().Dense(12, false).BatchNorm().Condition(1).ReLU().Dense(3, true).
			Dense(12, false).BatchNorm().Condition(1).ReLU().Dense(2*bands, true)),
		"conditioned_conv": train(t, picture().Conv2D(4, 3, 2, false).BatchNorm().Condition(1).ReLU().
			ConvTranspose2D(1, 3, 2, true).Sigmoid()),
	}
}
