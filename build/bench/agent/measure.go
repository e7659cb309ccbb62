package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/auscult/auscult/build/torture/brokers"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

// Sounds.
const (
	rate      = 16_000
	evenFile  = "even.wav"  // noise
	burstFile = "burst.wav" // with a loud tone now and then
)

// sounds returns seconds of both.
func sounds(seconds int) (even, burst []int32) {
	rnd := rand.New(rand.NewPCG(1, 2))
	even, burst = make([]int32, seconds*rate), make([]int32, seconds*rate)
	for i := range even {
		even[i] = int32(rnd.NormFloat64() * 2e7)
		burst[i] = even[i]
		if i/(6*rate)%2 == 1 {
			burst[i] += int32(1e9 * math.Sin(2*math.Pi*1700*float64(i)/rate))
		}
	}
	return even, burst
}

func writeSounds(folder string) error {
	even, burst := sounds(60)
	return errors.Join(writeSound(filepath.Join(folder, evenFile), even),
		writeSound(filepath.Join(folder, burstFile), burst))
}

func writeSound(path string, pcm []int32) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(wav.Write(f, hw.Format{SampleRateHz: rate, Channels: 1, BitsPerSample: 16}, pcm), f.Close())
}

// never is a threshold_ratio that nothing reaches.
const never = 100

// subscribe calls take with each message that arrives, until the client is disconnected.
func (b *bench) subscribe(topic string, take func(payload []byte, at time.Time)) (paho.Client, error) {
	o := paho.NewClientOptions().AddBroker("tcp://" + b.broker).SetClientID("bench").
		SetUsername(brokers.ListenerUser).SetPassword(brokers.Password)
	c := paho.NewClient(o)
	if t := c.Connect(); t.Wait() && t.Error() != nil {
		return nil, t.Error()
	}
	t := c.Subscribe(topic, 1, func(_ paho.Client, m paho.Message) { take(m.Payload(), time.Now()) })
	t.Wait()
	return c, t.Error()
}

// latency measures from the end of a window to its score at a subscriber.
func (b *bench) latency(ctx context.Context) error {
	var mu sync.Mutex
	var late []float64
	c, err := b.subscribe("auscult/bench/+/score", func(payload []byte, at time.Time) {
		var m struct{ Time time.Time }
		if json.Unmarshal(payload, &m) != nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		late = append(late, float64(at.Sub(m.Time).Microseconds())/1000)
	})
	if err != nil {
		return err
	}
	defer c.Disconnect(100)
	s := setup{sources: 4, sound: evenFile, interval: "0s", ratio: never}
	err = b.during(ctx, s, func(ctx context.Context, _ *daemon) error {
		return wait(ctx, time.Duration(b.seconds)*time.Second)
	})
	mu.Lock()
	defer mu.Unlock()
	if err != nil || len(late) < 3 {
		return errors.Join(err, fmt.Errorf("%d scores arrived", len(late)))
	}
	slices.Sort(late)
	at := func(q float64) float64 { return late[min(int(q*float64(len(late))), len(late)-1)] }
	fmt.Printf("%-52s %9.3g ms   (%d scores)\n", "end of window to subscriber, median", at(.5), len(late))
	b.show("end of window to subscriber, 99 %", at(.99), latencyMS, "ms")
	return nil
}

// memory measures resident sets with the bench's model.
func (b *bench) memory(ctx context.Context) error {
	bars := map[int]float64{1: oneMiB, 16: sixteenMiB}
	for _, n := range []int{1, 4, 16} {
		s := setup{sources: n, sound: evenFile, interval: "10s", ratio: never}
		if err := b.during(ctx, s, func(ctx context.Context, d *daemon) error {
			if err := wait(ctx, time.Duration(b.seconds)*time.Second/2); err != nil {
				return err
			}
			mib, err := d.mib()
			if bar, some := bars[n]; some {
				b.show(fmt.Sprintf("resident, %d sources", n), mib, bar, "MiB")
			} else {
				fmt.Printf("%-52s %9.3g MiB\n", fmt.Sprintf("resident, %d sources", n), mib)
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// written measures bytes that go to the disk, without alerts and with.
func (b *bench) written(ctx context.Context) error {
	const kib, mb = 1024, 1e6
	s := setup{sources: 1, sound: evenFile, interval: "10s", ratio: never}
	if err := b.during(ctx, s, func(ctx context.Context, d *daemon) error {
		if err := wait(ctx, 3*time.Second); err != nil { // the first seconds are the start's
			return err
		}
		before, err := d.field("io", "write_bytes")
		if err != nil {
			return err
		}
		if err := wait(ctx, time.Duration(b.seconds)*time.Second); err != nil {
			return err
		}
		after, err := d.field("io", "write_bytes")
		b.show("written in a quiet day", (after-before)/mb*86400/float64(b.seconds), quietMB, "MB")
		return err
	}); err != nil {
		return err
	}
	alerts := 0
	var mu sync.Mutex
	c, err := b.subscribe("auscult/bench/+/alert", func([]byte, time.Time) {
		mu.Lock()
		defer mu.Unlock()
		alerts++
	})
	if err != nil {
		return err
	}
	defer c.Disconnect(100)
	s = setup{sources: 8, sound: burstFile, interval: "10s", ratio: 1}
	return b.during(ctx, s, func(ctx context.Context, d *daemon) error {
		if err := wait(ctx, 2*time.Duration(b.seconds)*time.Second); err != nil {
			return err
		}
		bytes, err := d.field("io", "write_bytes")
		mu.Lock()
		defer mu.Unlock()
		if alerts < 5 {
			return errors.Join(err, fmt.Errorf("%d alerts in %d s", alerts, 2*b.seconds))
		}
		// What the file costs once, 17 blocks, is no alert's.
		each := (bytes - 17*4096) / float64(alerts) / kib
		b.show(fmt.Sprintf("written an alert (of %d)", alerts), each, alertKiB, "KiB")
		return err
	})
}

// flat plays sound as fast as the processor goes, and looks whether memory grows.
func (b *bench) flat(ctx context.Context, hours float64) error {
	var mu sync.Mutex
	windows := 0.
	c, err := b.subscribe("auscult/bench/status", func(payload []byte, _ time.Time) {
		var m struct {
			Sources []struct{ Windows float64 }
		}
		if json.Unmarshal(payload, &m) == nil && len(m.Sources) > 0 {
			mu.Lock()
			defer mu.Unlock()
			windows = m.Sources[0].Windows
		}
	})
	if err != nil {
		return err
	}
	defer c.Disconnect(100)
	s := setup{sources: 1, sound: evenFile, fast: true, interval: "10s", ratio: never}
	return b.during(ctx, s, func(ctx context.Context, d *daemon) error {
		early := 0.
		for began := time.Now(); ; {
			if err := wait(ctx, time.Second); err != nil {
				return err
			}
			bytes, err := d.field("io", "rchar")
			if err != nil {
				return err
			}
			played := bytes / (2 * rate) / 3600
			mib, err := d.mib()
			if err != nil {
				return err
			}
			if early == 0 && played > hours/8 {
				early = mib
			}
			if played >= hours {
				mu.Lock()
				defer mu.Unlock()
				fmt.Printf("%.1f h of sound in %.0f s, %.0f windows in the last status\n", played,
					time.Since(began).Seconds(), windows)
				b.show("resident at the end, over that at an eighth", mib/early, 1.1, "x")
				return nil
			}
		}
	})
}
